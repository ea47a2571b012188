#!/bin/sh
# Refuses targets and variables that do not exist, before anything runs: check-words.sh "TARGETS" "VARIABLES"
# The words come from scripts/setup/targets.txt. It needs awk alone, so that it works before setup.
: "${DARTAGNAN:=.}"
exec awk -v goals="$1" -v given="${2:-}" '
  function least(a, b) { return a < b ? a : b }
  # Counts the letters that differ, are missing or are swapped. A package for these ten lines would need Node.
  function distance(a, b,   i, j, cost, d) {
    for (i = 0; i <= length(a); i++) d[i, 0] = i
    for (j = 0; j <= length(b); j++) d[0, j] = j
    for (i = 1; i <= length(a); i++) for (j = 1; j <= length(b); j++) {
      cost = substr(a, i, 1) != substr(b, j, 1)
      d[i, j] = least(least(d[i-1, j] + 1, d[i, j-1] + 1), d[i-1, j-1] + cost)
      if (i > 1 && j > 1 && substr(a, i, 1) == substr(b, j-1, 1) && substr(a, i-1, 1) == substr(b, j, 1))
        d[i, j] = least(d[i, j], d[i-2, j-2] + 1)
    }
    return d[length(a), length(b)]
  }
  function nearest(word, words,   w, best, d, shortest) {
    shortest = int(length(word) / 3) + 1
    for (w in words) {
      d = distance(word, w)
      if (d < shortest || (d == shortest && (best == "" || w < best))) { best = w; shortest = d }
    }
    return best
  }
  function refuse(kind, word, meant, following) {
    printf "error: there is no %s \"%s\"%s\n  next: %s\n", kind, word, meant == "" ? "" : "; did you mean " meant "?", following
    refused = 1
    exit 1
  }
  $1 == "@known" { for (i = 2; i <= NF; i++) known[$i] = 1; next }
  { targets[$1] = 1; for (i = 3; i <= NF; i++) { option[$i] = 1; takes[$1, $i] = 1 } }
  END {
    if (refused) exit 1
    count = split(goals, goal, " ")
    for (i = 1; i <= count; i++) {
      name = goal[i]
      sub(/^help-/, "", name)
      if (name in targets) continue
      meant = nearest(name, targets)
      refuse("target", name, meant, meant == "" ? "make help" : "make " meant "   (make help lists all)")
    }
    for (w in option) variables[w] = 1
    for (w in known) variables[w] = 1
    for (i = split(given, names, " "); i >= 1; i--) {
      name = names[i]
      if (name in known || name ~ /^APP_[A-Z0-9_]+$/) continue
      if (!(name in option)) {
        meant = nearest(name, variables)
        refuse("variable", name, meant, "make help " goal[1] "   (lists the variables that it takes)")
      }
      taken = 0
      for (j = 1; j <= count; j++) if ((goal[j], name) in takes) taken = 1
      if (!taken) printf "warning: make %s does not take %s, and ignores it\n", goals, name
    }
  }
' "$DARTAGNAN/scripts/setup/targets.txt" >&2
