#!/bin/sh
# Makes the package for npm, dartagnan-VERSION.tgz, in the folder that is given: pack.sh FOLDER
# `npx dartagnan` then puts the toolkit into the repository of the folder that it runs in. The package itself depends on
# nothing: what the toolkit imports is installed in its image.
set -eu
target=$(cd "${1:?pack.sh FOLDER}" && pwd)
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/toolkit"
tests="scripts/bench* scripts/check* scripts/proof.ts scripts/scenarios scripts/tour* scripts/practice*"
set -- .env.example CHANGELOG.md compose dartagnan.mk package.json package-lock.json scripts vitest.config.ts
for folder in $tests; do set -- "$@" ":(exclude,glob)$folder" ":(exclude,glob)$folder/**"; done
# The one test that `make test` runs on every image.
{ git ls-files -z -- "$@" ':(exclude,glob)**/*.test.ts'; git ls-files -z scripts/test/contract.it.test.ts; } |
  xargs -0 cp --parents --target-directory "$scratch/toolkit"
node -e '
  const { name, version, description, license } = require("./package.json")
  const bin = { [name]: "toolkit/scripts/setup/init.sh" }
  console.log(JSON.stringify({ name, version, description, license, bin, files: ["toolkit"] }))
' >"$scratch/package.json"
cd "$scratch" && npm pack --silent --pack-destination "$target"
