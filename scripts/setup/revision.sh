#!/bin/sh
# Prints the commit that is checked out and, where files differ from it, the tree that they would be as a commit, with
# untracked files and without ignored ones: COMMIT [TREE]. Prints nothing where there is no commit. `make ship` asks once
# for all its targets, and readRevision (scripts/version/io/git.ts) where nobody has.
set -eu
newline='
'
seen=$newline$(git status --porcelain=v2 --branch --no-ahead-behind --no-renames --ignore-submodules=dirty -- .) || exit 0
commit=${seen#*"$newline# branch.oid "}
commit=${commit%%"$newline"*}
[ "$commit" != "(initial)" ] || exit 0
# The lines of files have no number sign.
case $seen in *"$newline"[!#]*) ;; *) echo "$commit"; exit ;; esac
# The user's index is left alone.
index=$(mktemp -d)
trap 'rm -rf "$index"' EXIT
# What somebody has taken out of git (git rm --cached), such as an .env that is ignored now, would not be in the commit.
case $seen in
  *"${newline}1 D"*) git diff-index --cached --diff-filter=D --no-renames --name-only --relative -z HEAD -- . > "$index/gone" ;;
esac
export GIT_INDEX_FILE="$index/index"
git read-tree HEAD
[ ! -e "$index/gone" ] || git update-index --force-remove -z --stdin < "$index/gone"
# Until the first commit after init, git would print a page of hints on the folder .dartagnan.
git add --no-warn-embedded-repo --all -- .
tree=$(git write-tree)
echo "$commit $tree"
