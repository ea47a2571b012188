# This repository is its own first user. A project has the same line: include .dartagnan/dartagnan.mk
# `make practice EXERCISE=make` is about this door, and EXERCISE=pipeline about targets that need others.
include dartagnan.mk
