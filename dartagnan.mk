# Make is the door (the 3 Musketeers pattern): `make X` runs `make _X` in the toolkit container, and `_X` runs scripts/X.ts.
# A project has one line in its Makefile: include .dartagnan/dartagnan.mk. Where the project has a target X of its own, that
# stays, and the toolkit's is `make dartagnan-X`.
DARTAGNAN := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
DARTAGNAN_AROUND := $(filter-out $(lastword $(MAKEFILE_LIST)),$(MAKEFILE_LIST))
DARTAGNAN_DEFAULT := $(.DEFAULT_GOAL)

##@ Pipeline
ci: ## build, test, audit and tag what is checked out, and push it where a registry is set: what every CI server runs
ship: ## build, test, tag and deploy what is checked out
build: ## build the image of REF (default: what is checked out)
test: ## test that image: its own suite inside it, then against real containers
audit: ## compare the packages of that image with known vulnerabilities (VULNERABILITIES)
tag: ## give the tested image its version tags
push: ## send the tested image to the registry of IMAGE_REPOSITORY, with its tags
bundle: ## write images, release and toolkit into one file, for a host without a network
load: ## load a bundle: this folder, or the file BUNDLE=
deploy: ## put VERSION (default: what is checked out) live without dropping a request

##@ Prepare
setup: ## install and start what is missing: engine, images, node_modules
doctor: ## say what is wrong here, and the command that mends it
cluster: ## the nodes of the swarm: state, engine, tasks, quorum (NODES, INIT, DRAIN, ACTIVATE)
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
report: ## write one page on the releases: steps, requests, layers, tests, snapshots, security
ui: ## serve that page on this host alone, made anew for each look (UI_PORT)
maintenance: ## answer all requests with a page (ON=1), or let them through again (ON=0)
gate: ## bring up the gate that sends requests to the projects of this engine by name (HOSTS)
down: ## stop and remove the containers; volumes stay
clean: ## remove this project's containers and superseded images; volumes stay

##@ Data
backup: ## take a snapshot of the data, and read it back
snapshots: ## the snapshots: release, size, age, verified
restore: ## put the data of SNAPSHOT (default: the last good) back, over new volumes
migrate: ## move what runs here, with its data, from Compose to the swarm, or back (ORCHESTRATOR=)
destroy: ## remove the project with its data (CONFIRM=name), after a last snapshot

##@ Prove
check: ## lint, types, unit and end-to-end tests (SUITE= picks one, or a path)
proof: ## the end-to-end tests with every case: each kill at each step (SUITE= picks a path)
bench: ## deploys against Compose alone, as ratios, and under load
demo: ## two minutes of deploys, a broken version, a kill and lost data, under load
tour: ## Docker in eight chapters, told on real containers (CHAPTER=3 begins there)
practice: ## Docker exercises for your own shell, checked on the engine (EXERCISE= picks one)

##@ See
help: ## this list; make help deploy explains one target
completion: ## how your shell completes targets and options (FOR=bash, zsh or fish prints the script)

include $(DARTAGNAN)/scripts/setup/rules.mk
