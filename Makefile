# Make is the door: `make X` runs `make _X` in the toolkit container, and `_X` runs scripts/X.ts.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Make would expand what a user writes after the target ($(shell …) would run): take each such value as it stands.
$(foreach v,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $v))),$(eval override export $v := $$(value $v))))

##@ Pipeline
ci: ## build, test and tag what is checked out, and push it where a registry is set: what every CI server runs
ship: build test tag deploy ## build, test, tag and deploy what is checked out
build: ## build the image of REF (default: what is checked out)
test: ## test that image: its own suite inside it, then against real containers
tag: ## give the tested image its version tags
push: ## send the tested image to the registry of IMAGE_REPOSITORY, with its tags
bundle: ## write images, release and toolkit into one file, for a host without a network
load: ## take a bundle on: this folder, or BUNDLE=
deploy: ## put VERSION (default: what is checked out) live without dropping a request

##@ Prepare
setup: ## install and start what is missing: engine, images, node_modules
doctor: ## say what is wrong here, and the command that mends it
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
check: ## lint, types, unit, integration and end-to-end tests (SUITE= picks one)
bench: ## deploys against Compose alone, as ratios, and under load
tour: ## the first Docker lessons, shown live on real containers

##@ See
help: ## this list
	@awk 'BEGIN {FS = ":[^#]*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

# --- how a target reaches its room ---------------------------------------------------------------------------

ROOMS := $(filter-out setup load,$(patsubst scripts/%.ts,%,$(wildcard scripts/*.ts)))
.PHONY: help ship setup _setup load _load $(ROOMS) $(ROOMS:%=_%)

# In the toolkit container nothing of this is needed.
ifeq ($(filter _%,$(MAKECMDGOALS)),)
export CHECKOUT := $(CURDIR)
export DOCKER_SOCK := $(or $(patsubst unix://%,%,$(filter unix://%,$(value DOCKER_HOST))),/var/run/docker.sock)
export CA_BUNDLE := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem) /dev/null)
# What $(shell) gives is not expanded again.
SAID := $(shell . scripts/setup/caller.sh '$(subst ','\'',$(DOCKER_SOCK))')
said = $(subst %25,%,$(subst %20, ,$(patsubst $1=%,%,$(filter $1=%,$(SAID)))))
export TOOLKIT_IMAGE := $(call said,TOOLKIT_IMAGE)
export DOCKER_GID := $(call said,DOCKER_GID)
export CALLER := $(call said,CALLER)
export CALLER_NAME := $(call said,CALLER_NAME)
export DOCKER_LOGINS := $(call said,DOCKER_LOGINS)
export NPMRC := $(call said,NPMRC)
# The caller's keys are for what reaches other hosts: what builds, or runs an application's own code, has none.
export SSH_FOLDER := /dev/null
export SSH_AGENT := /dev/null
export DOCKER_CONTEXTS := /dev/null
REACHING := plan deploy rollback status history logs prune down clean backup snapshots restore destroy doctor shell release
$(REACHING): export SSH_FOLDER := $(call said,SSH_FOLDER)
$(REACHING): export SSH_AGENT := $(call said,SSH_AGENT)
$(REACHING): export DOCKER_CONTEXTS := $(call said,DOCKER_CONTEXTS)
setup test check bench tour dev: export DOCKER_LOGINS := /dev/null
# Of a worktree or a submodule the repository lies elsewhere; of all others in the checkout.
export GIT_FOLDER := $(if $(wildcard .git/.),,$(if $(wildcard .git),$(shell git rev-parse --path-format=absolute --git-common-dir)))
# Who commits: the container has no git settings but the checkout's.
ifneq ($(filter release,$(MAKECMDGOALS)),)
export GIT_AUTHOR_NAME := $(shell printf %s "$${GIT_AUTHOR_NAME:-$$(git config user.name 2>/dev/null)}")
export GIT_AUTHOR_EMAIL := $(shell printf %s "$${GIT_AUTHOR_EMAIL:-$$(git config user.email 2>/dev/null)}")
endif
# Compose itself, from where Docker looks for it: each start by way of `docker compose` takes 45 ms more.
PLUGINS := $(value HOME)/.docker $(addsuffix /docker,/usr/local/lib /usr/local/libexec /usr/lib /usr/libexec)
COMPOSE := $(or $(firstword $(wildcard $(PLUGINS:%=%/cli-plugins/docker-compose))),docker compose)
export TOOLKIT := $(COMPOSE) --progress quiet --project-name dartagnan --env-file /dev/null -f compose/toolkit.yaml run --rm
endif

# Standard input is for what reads it: a CI server may have given a shell the rest of its script that way, or closed it.
define INPUT
[ $@ = shell ] || [ "$${REGISTRY_PASSWORD_FILE:-}" = - ] || grep -qs '^REGISTRY_PASSWORD_FILE=[^a-zA-Z0-9/]*-' .env .env.* || exec </dev/null;
endef
# The client would wait without end for an engine that takes connections and answers nothing.
WATCH := sh scripts/setup/bootstrap.sh watch

# Without a terminal Compose leaves the container alone when a signal ends it: it runs in a process group of its own,
# and the container is told of the signal instead.
define WITHOUT_TERMINAL
name=dartagnan-$@-$$$$; set -m; $(TOOLKIT) --name $$name -T toolkit make _$@ <&0 & run=$$!; set +m; \
trap 'docker kill --signal INT $$name >/dev/null 2>&1 &' INT TERM HUP; \
$(WATCH) $$run >/dev/null </dev/null & watch=$$!; \
status=0; wait $$run || status=$$?; \
while kill -0 $$run 2>/dev/null; do status=0; wait $$run || status=$$?; done; \
kill $$watch 2>/dev/null || :; $(AFTER) exit $$status
endef

AFTER :=
# The page that GitHub shows beside a job is a file outside of the checkout, where the toolkit does not reach.
ci: AFTER = if [ -n "$${GITHUB_STEP_SUMMARY:-}" ] && [ -f reports/summary.md ]; then cat reports/summary.md >>"$$GITHUB_STEP_SUMMARY" || :; fi;

setup:
	@exec </dev/null; sh scripts/setup/bootstrap.sh && $(TOOLKIT) -T toolkit make _setup

load:
	@exec </dev/null; sh scripts/setup/bootstrap.sh $(if $(value BUNDLE),ready load,load) && $(TOOLKIT) -T toolkit make _load

$(ROOMS):
	@sh scripts/setup/bootstrap.sh ready $@ </dev/null
	@if [ -t 0 ] && [ -t 1 ]; then $(WATCH) $$$$ & exec $(TOOLKIT) toolkit make _$@; fi; $(INPUT) $(WITHOUT_TERMINAL)

_setup _load $(ROOMS:%=_%): _%:
	@exec node scripts/$*.ts
