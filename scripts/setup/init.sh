#!/bin/sh
# Puts the toolkit beside the application of a git repository, or takes it out again. Run it in that repository:
#   sh …/scripts/setup/init.sh           looks, proposes, and writes once you agree (or with WRITE=1)
#   sh …/scripts/setup/init.sh remove    removes .dartagnan once the Makefile has no line for it: `make uninstall` calls it
# Needs git, Make and Docker; `make setup` installs Docker on Debian and Ubuntu. With npm: npx dartagnan
set -eu
fail() { printf '%s\n' "error: $1" "  next: $2" >&2; exit 1; }
# git must not ask for more than this, and takes a folder as the source of a submodule only where it is told to.
submodule() { git -c protocol.file.allow=always submodule --quiet "$@"; }

# Whether the user has agreed: the Makefile has the line.
is_included() { grep -qs '^-\{0,1\}include .dartagnan/dartagnan.mk' GNUmakefile makefile Makefile; }

remove() {
  if is_included; then return; fi
  if git ls-files --error-unmatch --stage .dartagnan 2>/dev/null | grep -q '^160000'; then
    module=$(git rev-parse --git-dir)/modules/$(git rev-parse --show-prefix).dartagnan
    submodule deinit --force -- .dartagnan
    git rm --quiet --force -- .dartagnan
    rm -rf "$module"
    modules=$(git rev-parse --show-toplevel)/.gitmodules
    [ -s "$modules" ] || { git rm --quiet --cached --force -- "$modules"; rm -f "$modules"; }
  fi
  rm -rf .dartagnan
}

add() {
  case $0 in */*) ;; *) fail "run this script by its path" "sh PATH/scripts/setup/init.sh" ;; esac
  source=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd -P)
  git rev-parse --verify --quiet HEAD >/dev/null || fail "this folder is no git repository with a commit, and versions come from git" \
    "git init && git add -A && git commit -m 'First commit'"
  [ "$source" != "$(pwd -P)" ] || fail "this is the toolkit's own repository" "cd YOUR-REPOSITORY && sh $source/scripts/setup/init.sh"
  export DARTAGNAN="$source"
  bash "$source/scripts/setup/toolkit.sh" setup
  # What is MISSING makes it fail; what was written needs the toolkit all the same.
  status=0
  bash "$source/scripts/setup/toolkit.sh" init || status=$?
  is_included || exit "$status"
  [ ! -e .dartagnan/dartagnan.mk ] || exit "$status"
  # The toolkit has written there already; git takes only an empty folder.
  mv .dartagnan .dartagnan-out
  if [ -e "$source/.git" ]; then
    url=$(git -C "$source" remote get-url origin 2>/dev/null || echo "$source")
    submodule add --force -- "$url" .dartagnan
    git -C .dartagnan checkout --quiet --detach "$(git -C "$source" rev-parse HEAD)"
    git add .dartagnan
  else
    cp -R "$source" .dartagnan
  fi
  mv .dartagnan-out/out .dartagnan/out
  rmdir .dartagnan-out
  make -f .dartagnan/dartagnan.mk dartagnan-setup >/dev/null
  exit "$status"
}

case ${1:-init} in
  init) add ;;
  remove) remove ;;
  *) fail "init.sh takes no argument, or remove; got '$1'" "make help" ;;
esac
exit
