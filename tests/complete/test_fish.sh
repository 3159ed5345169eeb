#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Completions in fish, which tells them of a line without a terminal.
set -u
command -v fish >/dev/null || {
  echo "skipped: fish is not installed"
  exit 77
}
. "${srcdir:-.}/tests/complete/offers.sh"
HOME=$dir
XDG_CONFIG_HOME=$dir XDG_DATA_HOME=$dir
export HOME XDG_CONFIG_HOME XDG_DATA_HOME
LC_ALL=C.UTF-8
export LC_ALL
bad=0

complain() {
  printf 'FAILED: %s\n' "$1"
  bad=1
}

# What is offered with what it is, and without, sorted.
offered_all() { # line
  fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$BUILDDIR/src/complete/fish/twintop.fish" "$1" 2>&1
}
offered() { offered_all "$1" | cut -f1 | LC_ALL=C sort; }

expect() { # lines, line
  [ "$(offered "$2")" = "$1" ] || complain "'$2': $(offered "$2" | tr '\n' ' ')
  and not: $(echo "$1" | tr '\n' ' ')"
}
expect_processes() { # line
  offered "$1" | grep -qx $$ || complain "'$1': our own process is not offered"
}

expect "$(options)" "twintop -"
expect "$(options | grep -x -e '--th.*')" "twintop --th"
for option in --theme --view --follow --color; do
  expect "$(words $option)" "twintop $option "
  expect "$(words $option | sed "s/^/$option=/")" "twintop $option="
done
expect "$(demos)" "twintop demo "
expect "$(demos)" "twintop --theme mono demo "
expect "" "twintop demo fork-cow "
expect "" "twintop doctor "
expect "" "twintop -d "
expect "" "twintop 1 2 "
offered_all "twintop demo fork-c" | grep -q "$(printf '^fork-cow\t.*copies')" || complain "a demo is not explained"
expect_processes "twintop "
expect_processes "twintop 1 "
expect_processes "twintop -j --view memory 1 "
expect_processes "twintop -s "
offered "twintop -s " | grep -qx parent || complain "-s does not offer parent"
offered "twintop d" | tr '\n' ' ' | grep -q "demo doctor" || complain "commands are not offered"
for word in '"$(>ran)"' "'" '"' '(>ran' '~' '[' '$'; do
  offered "twintop $word" >/dev/null
  offered "twintop -s $word" >/dev/null
  offered "twintop -- $word" >/dev/null
done

PATH=$dir:$PATH
printf '#!/bin/sh\n' >"$dir/a-program-of-ours"
chmod +x "$dir/a-program-of-ours"
expect a-program-of-ours "twintop -- a-program-of-"
expect a-program-of-ours "twintop --view pages -- a-program-of-"
offered "twintop -- a-program-of-ours --th" | grep -q theme && complain "our own options are offered to a program"

begin_hostile
offered_all "twintop -s " >"$dir/list"
for pid in $hostile; do
  grep -qE "^$pid$(printf '\t')." "$dir/list" || complain "process $pid is not listed with its name"
done
tr -d '\t\n' <"$dir/list" | grep -q '[[:cntrl:]]' && complain "control characters are listed"
[ -e "$dir/ran" ] && complain "a name was executed"
[ $bad -eq 0 ] && echo "fish completes what twintop takes"
exit $bad
