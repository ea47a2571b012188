# This repository is its own first user. A project has the same line: include .dartagnan/dartagnan.mk
include dartagnan.mk
