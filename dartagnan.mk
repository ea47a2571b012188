# Make is the door (the 3 Musketeers pattern): `make X` runs `make _X` in the toolkit container, and `_X` runs scripts/X.ts.
# A project has one line in its Makefile: include .dartagnan/dartagnan.mk. Where the project has a target X of its own, that
# stays, and the toolkit's is `make dartagnan-X`.
DARTAGNAN_DEFAULT := $(.DEFAULT_GOAL)

##@ Pipeline
ci: ## build, test and tag what is checked out, and push it where a registry is set: what every CI server runs
ship: ## build, test, tag and deploy what is checked out
build: ## build the image of REF (default: what is checked out)
test: ## test that image: its own suite inside it, then against real containers
tag: ## give the tested image its version tags
push: ## send the tested image to the registry of IMAGE_REPOSITORY, with its tags
bundle: ## write images, release and toolkit into one file, for a host without a network
load: ## load a bundle: this folder, or the file BUNDLE=
deploy: ## put VERSION (default: what is checked out) live without dropping a request

##@ Prepare
setup: ## install and start what is missing: engine, images, node_modules
doctor: ## say what is wrong here, and the command that mends it
init: ## look at this repository, and propose how it becomes a release (WRITE=1 writes it)
uninstall: ## take out of this repository what init has put in (WRITE=1 does it)
upgrade: ## move the toolkit of this repository to another version (VERSION=)
adopt: ## look at APP_DIR, and propose how it becomes a release (WRITE=1 writes it)

##@ Develop
dev: ## run the app with its source mounted; a save reloads it
shell: ## a shell in a running container (SERVICE=app)
logs: ## what the containers print (SERVICE=, FOLLOW=1)

##@ Operate
plan: ## what deploy would do, why, and what it means for traffic
rollback: ## back to the last good release, or to VERSION
prune: ## remove superseded releases and images; what a rollback needs stays
history: ## the releases of this project: outcome, time, who, image
outdated: ## what moved upstream: base images, npm, requirements (UPDATE=1 moves the locks)
release: ## changelog, commit, tag and push of a version (BUMP=patch, minor, major or auto)
status: ## what runs, which version, since when, healthy, where
down: ## stop and remove the containers; volumes stay
clean: ## remove this project's containers and superseded images; volumes stay

##@ Data
backup: ## take a snapshot of the data, and read it back
snapshots: ## the snapshots: release, size, age, verified
restore: ## put the data of SNAPSHOT (default: the last good) back, over new volumes
destroy: ## remove the project with its data (CONFIRM=name), after a last snapshot

##@ Prove
check: ## lint, types, unit, integration and end-to-end tests (SUITE= picks one, or a path)
proof: ## the end-to-end tests with every case: each kill at each step (SUITE= picks a path)
bench: ## deploys against Compose alone, as ratios, and under load
tour: ## the first Docker lessons, shown live on real containers

##@ See
help: ## this list; make help deploy explains one target
completion: ## how your shell completes targets and options (FOR=bash, zsh or fish prints the script)

# --- the rules: `make X` is `make dartagnan-X`, which runs `make _X` in the toolkit container ---------------------
DARTAGNAN := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
# Make would expand what a user writes after the target ($(shell …) would run): take each such value as it stands, before any
# $(shell) has it. Variables of a project's own stay as they are.
DARTAGNAN_GIVEN := $(foreach v,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $v))),$v))
DARTAGNAN_TAKEN := $(if $(filter .,$(DARTAGNAN)),$(DARTAGNAN_GIVEN),$(filter $(file <$(DARTAGNAN)/scripts/setup/targets.txt),$(DARTAGNAN_GIVEN)))
$(foreach v,$(DARTAGNAN_TAKEN),$(eval override export $v := $$(value $v)))
# The toolkit's own tests are for its repository, and a few targets for the repositories that it serves.
DARTAGNAN_HIDDEN := $(if $(filter .,$(DARTAGNAN)),init uninstall upgrade,adopt check proof bench tour)
DARTAGNAN_DOORS := $(filter-out $(DARTAGNAN_HIDDEN),$(patsubst $(DARTAGNAN)/scripts/%.ts,%,$(wildcard $(DARTAGNAN)/scripts/*.ts)))
DARTAGNAN_WORDS := $(DARTAGNAN_DOORS) ship help completion
# What the project's own Makefile has. Where one of its targets is asked for, Make works as the project has set it.
DARTAGNAN_AROUND := $(filter-out $(lastword $(MAKEFILE_LIST)),$(MAKEFILE_LIST))
DARTAGNAN_THEIRS := $(if $(DARTAGNAN_AROUND),$(shell sh $(DARTAGNAN)/scripts/setup/targets-of.sh $(DARTAGNAN_AROUND)))
DARTAGNAN_FREE := $(filter-out $(DARTAGNAN_THEIRS),$(DARTAGNAN_WORDS))
DARTAGNAN_OWN := $(DARTAGNAN_FREE) $(DARTAGNAN_WORDS:%=dartagnan-%) $(DARTAGNAN_DOORS:%=_%)
DARTAGNAN_EXPLAINED := $(filter help dartagnan-help,$(MAKECMDGOALS))
.PHONY: $(DARTAGNAN_OWN)
$(DARTAGNAN_OWN): SHELL := /bin/sh
$(DARTAGNAN_OWN): .SHELLFLAGS := -c
$(DARTAGNAN_OWN): export DARTAGNAN := $(DARTAGNAN)
$(DARTAGNAN_OWN): export DARTAGNAN_HIDDEN := $(DARTAGNAN_HIDDEN)
$(DARTAGNAN_FREE): %: dartagnan-% ;
$(DARTAGNAN_DOORS:%=dartagnan-%): dartagnan-%: ; @$(if $(DARTAGNAN_EXPLAINED),:,exec bash $(DARTAGNAN)/scripts/setup/toolkit.sh $*)
$(DARTAGNAN_DOORS:%=_%): _%: ; @exec sh $(DARTAGNAN)/scripts/setup/door.sh $*
# All targets of ship take the same files: one that appears while it runs changes no version.
DARTAGNAN_SHIPPED = $(eval DARTAGNAN_SHIPPED := $$(shell sh $(DARTAGNAN)/scripts/setup/revision.sh))$(DARTAGNAN_SHIPPED)
dartagnan-ship: export DARTAGNAN_REVISION = $(DARTAGNAN_SHIPPED)
dartagnan-ship: export DARTAGNAN_SHIP = 1
dartagnan-ship: dartagnan-build dartagnan-test dartagnan-tag dartagnan-deploy ;
dartagnan-help: export DARTAGNAN_THEIRS := $(filter $(DARTAGNAN_WORDS),$(DARTAGNAN_THEIRS))
dartagnan-help: ; @sh $(DARTAGNAN)/scripts/setup/help.sh $(filter-out $(DARTAGNAN_EXPLAINED),$(MAKECMDGOALS))
dartagnan-completion: ; @$(if $(DARTAGNAN_EXPLAINED),:,sh $(DARTAGNAN)/scripts/setup/help.sh completion)
help-%: export DARTAGNAN := $(DARTAGNAN)
help-%: ; @sh $(DARTAGNAN)/scripts/setup/help.sh $*

.DEFAULT_GOAL := $(if $(DARTAGNAN_THEIRS),$(DARTAGNAN_DEFAULT),help)
DARTAGNAN_ASKED := $(if $(DARTAGNAN_THEIRS),$(filter $(DARTAGNAN_OWN) help-%,$(MAKECMDGOALS)),$(MAKECMDGOALS))
ifeq ($(filter-out $(DARTAGNAN_ASKED),$(if $(MAKECMDGOALS),$(MAKECMDGOALS),$(DARTAGNAN_THEIRS))),)
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory
# A word that does not exist ends here, before anything runs.
DARTAGNAN_SAID := $(if $(filter 0,$(MAKELEVEL)),$(if $(filter _%,$(MAKECMDGOALS)),,$(DARTAGNAN_GIVEN)))
ifneq ($(DARTAGNAN_SAID)$(filter-out $(DARTAGNAN_OWN),$(DARTAGNAN_ASKED)),)
$(shell DARTAGNAN=$(DARTAGNAN) sh $(DARTAGNAN)/scripts/setup/check-words.sh '$(subst ','\'',$(patsubst dartagnan-%,%,$(filter-out _%,$(DARTAGNAN_ASKED))))' '$(subst ','\'',$(DARTAGNAN_SAID))')
$(if $(filter-out 0,$(.SHELLSTATUS)),$(error nothing was run))
endif
endif
