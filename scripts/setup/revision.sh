#!/bin/sh
# Prints the commit that is checked out and, where files differ from it, the tree of the files as they are: COMMIT [TREE].
# `make ship` takes both once, so that a file that appears while it runs changes no version. Prints nothing where git
# cannot say: the first target then does.
set -eu
commit=$(git rev-parse --verify --quiet HEAD) || exit 0
# The user's index is left alone. A copy of it has the times of the files, so that git reads only those that changed.
index=$(mktemp)
trap 'rm -f "$index"' EXIT
cp "$(git rev-parse --git-path index)" "$index" 2>/dev/null || GIT_INDEX_FILE=$index git read-tree HEAD
tree=$(export GIT_INDEX_FILE="$index"; git add --all && git write-tree) || exit 0
if [ "$tree" = "$(git rev-parse 'HEAD^{tree}')" ]; then echo "$commit"; else echo "$commit $tree"; fi
