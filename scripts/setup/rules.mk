# The rules behind dartagnan.mk, for this repository and for those that include it. Their names begin with DARTAGNAN, so that
# they meet no variable of a project.

# Make would expand what a user writes after the target ($(shell …) would run): take each such value as it stands, before any
# $(shell) has it. Variables of a project's own stay as they are.
DARTAGNAN_GIVEN := $(foreach v,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $v))),$v))
DARTAGNAN_TAKEN := $(if $(filter .,$(DARTAGNAN)),$(DARTAGNAN_GIVEN),$(filter $(file <$(DARTAGNAN)/scripts/setup/targets.txt),$(DARTAGNAN_GIVEN)))
$(foreach v,$(DARTAGNAN_TAKEN),$(eval override export $v := $$(value $v)))
# The toolkit's own tests are for its repository, and a few targets for the repositories that it serves.
DARTAGNAN_HIDDEN := $(if $(filter .,$(DARTAGNAN)),init uninstall upgrade,adopt check proof bench demo tour practice)
DARTAGNAN_DOORS := $(filter-out $(DARTAGNAN_HIDDEN),$(patsubst $(DARTAGNAN)/scripts/%.ts,%,$(wildcard $(DARTAGNAN)/scripts/*.ts)))
DARTAGNAN_WORDS := $(DARTAGNAN_DOORS) ship help completion
# What the project's own Makefile has. Where one of its targets is asked for, Make works as the project has set it.
DARTAGNAN_THEIRS := $(filter-out .%,$(if $(DARTAGNAN_AROUND),$(shell sh $(DARTAGNAN)/scripts/setup/targets-of.sh $(DARTAGNAN_AROUND))))
DARTAGNAN_FREE := $(filter-out $(DARTAGNAN_THEIRS),$(DARTAGNAN_WORDS))
DARTAGNAN_OWN := $(DARTAGNAN_FREE) $(DARTAGNAN_WORDS:%=dartagnan-%) $(DARTAGNAN_DOORS:%=_%)
DARTAGNAN_EXPLAINED := $(filter help dartagnan-help,$(MAKECMDGOALS))
.PHONY: $(DARTAGNAN_OWN)
$(DARTAGNAN_OWN): SHELL := /bin/sh
$(DARTAGNAN_OWN): .SHELLFLAGS := -c
$(DARTAGNAN_OWN): export DARTAGNAN := $(DARTAGNAN)
$(DARTAGNAN_OWN): export DARTAGNAN_HIDDEN := $(DARTAGNAN_HIDDEN)
$(DARTAGNAN_FREE): %: dartagnan-% ; +@$(if $(DARTAGNAN_DRY),,:)
$(DARTAGNAN_DOORS:%=dartagnan-%): dartagnan-%: ; +@$(if $(DARTAGNAN_EXPLAINED),:,$(DARTAGNAN_EXEC) bash $(DARTAGNAN)/scripts/setup/toolkit.sh $*)
$(DARTAGNAN_DOORS:%=_%): _%: ; +@$(DARTAGNAN_EXEC) sh $(DARTAGNAN)/scripts/setup/door.sh $*
DARTAGNAN_EXEC = $(if $(DARTAGNAN_REFUSED),exit 1;,$(if $(DARTAGNAN_DRY),:,exec $(if $(DARTAGNAN_UNSET),env $(DARTAGNAN_UNSET))))
# What a project's Makefile calls by the name of a setting or an option, and exports, is its own: VERSION, PORT, APP_DIR.
DARTAGNAN_UNSET = $(foreach v,$(filter-out - MAKEFLAGS DARTAGNAN%,$(file <$(DARTAGNAN)/compose/toolkit.yaml)),$(if $(filter file,$(origin $v)),-u $v))
# All targets of ship take the same files: one that appears while it runs changes no version.
DARTAGNAN_SHIPPED = $(eval DARTAGNAN_SHIPPED := $$(shell sh $(DARTAGNAN)/scripts/setup/revision.sh))$(DARTAGNAN_SHIPPED)
dartagnan-ship: export DARTAGNAN_REVISION = $(DARTAGNAN_SHIPPED)
dartagnan-ship: export DARTAGNAN_SHIP = 1
dartagnan-ship: dartagnan-build dartagnan-test dartagnan-tag dartagnan-deploy ; +@$(if $(DARTAGNAN_DRY),,:)
dartagnan-help: export DARTAGNAN_THEIRS := $(filter $(DARTAGNAN_WORDS),$(DARTAGNAN_THEIRS))
dartagnan-help: ; +@sh $(DARTAGNAN)/scripts/setup/help.sh $(filter-out $(DARTAGNAN_EXPLAINED),$(MAKECMDGOALS))
dartagnan-completion: ; +@$(if $(DARTAGNAN_EXPLAINED),:,sh $(DARTAGNAN)/scripts/setup/help.sh completion)
help-%: export DARTAGNAN := $(DARTAGNAN)
help-%: ; +@sh $(DARTAGNAN)/scripts/setup/help.sh $*

.DEFAULT_GOAL := $(if $(DARTAGNAN_THEIRS),$(DARTAGNAN_DEFAULT),help)
DARTAGNAN_ASKED := $(if $(DARTAGNAN_THEIRS),$(filter $(DARTAGNAN_OWN) help-%,$(MAKECMDGOALS)),$(MAKECMDGOALS))
ifeq ($(filter-out $(DARTAGNAN_ASKED),$(if $(MAKECMDGOALS),$(MAKECMDGOALS),$(DARTAGNAN_THEIRS))),)
.NOTPARALLEL:
# Of a recipe that fails with status 1, Make says nothing where it only answers a question; those with a + are run all the same.
# With -n, -q or -t they are shown instead.
DARTAGNAN_DRY := $(strip $(foreach flag,n q t,$(findstring $(flag),$(firstword -$(MAKEFLAGS)))))
MAKEFLAGS += --no-builtin-rules --no-print-directory $(if $(DARTAGNAN_DRY),,--question)
# A word that does not exist ends here, before anything runs.
DARTAGNAN_SAID := $(if $(filter 0,$(MAKELEVEL)),$(if $(filter _%,$(MAKECMDGOALS)),,$(DARTAGNAN_GIVEN)))
ifneq ($(DARTAGNAN_SAID)$(filter-out $(DARTAGNAN_OWN),$(DARTAGNAN_ASKED)),)
$(shell DARTAGNAN=$(DARTAGNAN) sh $(DARTAGNAN)/scripts/setup/check-words.sh '$(subst ','\'',$(patsubst dartagnan-%,%,$(filter-out _%,$(DARTAGNAN_ASKED))))' '$(subst ','\'',$(DARTAGNAN_SAID))')
DARTAGNAN_REFUSED := $(filter-out 0,$(.SHELLSTATUS))
$(if $(DARTAGNAN_REFUSED),$(eval $(or $(filter-out $(DARTAGNAN_OWN) help-%,$(DARTAGNAN_ASKED)),dartagnan-refused): ; +@exit 1))
endif
endif
