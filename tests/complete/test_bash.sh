#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completions in bash: called as readline does, with the words of the line.
set -u
. "${srcdir:-.}/tests/complete/offers.sh"
. "$BUILDDIR/src/complete/bash/twintop"
bad=0

complain() {
  printf 'FAILED: %s\n' "$1"
  bad=1
}

complete_words() { # words, the last one begun
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  _twintop
}

# What is offered, a line each, sorted.
offered() { printf '%s\n' "${COMPREPLY[@]+"${COMPREPLY[@]}"}" | LC_ALL=C sort; }

expect() { # lines, words…
  local lines=$1
  shift
  complete_words twintop "$@"
  [ "$(offered)" = "$lines" ] || complain "after '$*': $(offered | tr '\n' ' ')
  and not: $(tr '\n' ' ' <<<"$lines")"
}

# Our own, which is there, and no process that begins otherwise.
expect_processes() { # words…
  complete_words twintop "$@"
  grep -qx "$BASHPID" < <(offered) || complain "after '$*' our own process is not offered"
}

complete -p twintop | grep -q _twintop || complain "nothing is set for twintop"
expect "$(options)" -
expect "$(options | grep -x -e '--th.*')" --th
expect "" --theme-
for option in --theme --view --follow --color; do
  expect "$(words $option)" "$option" ""
  expect "$(words $option)" "$option" =
  expect "$(words $option | grep '^n')" "$option" = n
  expect "$(words $option | sed "s/^/$option=/")" "$option="
done
expect "$(demos)" demo ""
expect "$(demos | grep '^fork-')" demo fork-
expect "$(demos)" --theme mono demo ""
expect "" demo fork-cow ""
expect "" doctor ""
expect "" -d ""
expect "" 1 2 ""
expect "$(words --sibling | grep '^p')" 1 -s p
expect "$(words --sibling | grep '^c')" 1 --sibling c
expect_processes ""
expect_processes 1 ""
expect_processes -j --view memory 1 ""
expect_processes -s ""
expect_processes --sibling "$BASHPID"
expect_processes --sibling = "$BASHPID"
complete_words twintop d
[ "$(offered)" = "demo
doctor" ] || complain "'d' offers $(offered)"
for word in "\$(>ran)" "\`>ran\`" "'" "\"" "*" "~" "\\" "[" "/"; do
  expect "" "$word"
  expect "" -s "$word"
  expect "" --view "$word"
done

# Behind "--" it is the program's: its name, then what that one takes.
PATH=$dir:$PATH
printf '#!/bin/sh\n' >"$dir/a-program-of-ours"
chmod +x "$dir/a-program-of-ours"
expect a-program-of-ours -- a-program-of-
expect a-program-of-ours --view pages -- a-program-of-
complete_words twintop -- a-program-of-ours --th
offered | grep -q theme && complain "our own options are offered to a program"

# Whatever processes are called: a number is inserted, and a name is shown without what could harm.
begin_hostile
for pid in $hostile; do
  complete_words twintop -s "$pid" # another number may begin so, too
  offered | grep -qx "$pid" || complain "process $pid is not offered"
done
COMP_TYPE=63 complete_words twintop -s ""
for pid in $hostile; do
  offered | grep -qE "^$pid \(.+\)$" || complain "process $pid is not listed with its name"
done
offered | LC_ALL=C.UTF-8 grep -q "[^[:print:]]" && complain "control characters are listed"
[ -e "$dir/ran" ] && complain "a name was executed"
[ $bad -eq 0 ] && echo "bash completes what twintop takes"
exit $bad
