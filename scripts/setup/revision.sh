#!/bin/sh
# Prints the commit that is checked out and, where files differ from it, the tree that they would be as a commit, with
# untracked files and without ignored ones: COMMIT [TREE]. Prints nothing where there is no commit. `make ship` asks once
# for all its targets, and readRevision (scripts/version/io/git.ts) where nobody has.
set -eu
commit=$(git rev-parse --verify --quiet HEAD) || exit 0
if [ -z "$(git status --porcelain --ignore-submodules=dirty -- .)" ]; then echo "$commit"; exit; fi
# The user's index is left alone.
index=$(mktemp -d)
trap 'rm -rf "$index"' EXIT
export GIT_INDEX_FILE="$index/index"
git read-tree HEAD
# Until the first commit after init, git would print a page of hints on the folder .dartagnan.
git add --no-warn-embedded-repo --all -- .
tree=$(git write-tree)
echo "$commit $tree"
