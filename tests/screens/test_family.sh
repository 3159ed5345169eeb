#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The Family view on a real terminal (tmux's) over a living family: any two of its members become A
# and B, one that is killed stays with its signal, one that is waited for goes when it is dismissed,
# and the family can be that of the parent.
set -u
: "${TWINTOP:?}" "${SPECIMENS:?}"

. "${srcdir:-.}/tests/screens/tmux.sh"

mkfifo "$dir/in" || exit 99
"$SPECIMENS/sp_family" <"$dir/in" >"$dir/out" &
exec 3>"$dir/in"
tries=0
until grep -q grandchild= "$dir/out"; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || exit 99
  sleep 0.1
done
# pid_of NAME: of the specimen's first line.
pid_of() { sed -n "1s/.*\\b$1=\\([0-9]*\\).*/\\1/p" "$dir/out"; }
first=$(pid_of pid)
one=$(pid_of w1)
two=$(pid_of w2)
ended=$(pid_of ended)
middle=$(pid_of middle)
grandchild=$(pid_of grandchild)

tm new-session -d -x 230 -y 50 "env LC_ALL=C.UTF-8 ENV= PS1='ready ' sh" || skip "tmux does not start"
expect ready

# row PID: the member's line of the tree, its blanks as one.
row() { screen | sed '/^EVENTS/q' | tr -s ' ' | grep -E -- "^ ?[AB]? ?$1 " | grep -vF "│ B" | head -n 1; }
# expect_row PID TEXT: the member's row says so within twenty seconds.
expect_row() {
  tries=0
  until row "$1" | grep -qE -- "$2"; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || fail "the row of $1 does not say \"$2\""
    sleep 0.1
  done
}
# choose PID KEY: the key on the member's row.
choose() {
  key /
  key -l "$1"
  key Enter
  key "$2"
}

start "$first --view family"
expect "[9 Family]"
expect "8 living, 1 ended"
expect_row "$first" "sp_family first"
expect_row "$one" "(├|└) sp_family worker S"
expect_row "$ended" "worker Z exit 7"
expect_row "$(pid_of program)" "sleep 1000 program S"
expect_row "$grandchild" "└ sp_family worker"
expect "in frames"
echo "tree, roles, ends and sums: as expected"

choose "$one" Enter
expect "B $one sp_family child of A"
choose "$two" p
expect "A $two sp_family"
expect_row "$first" "sp_family first"
choose "$one" P
expect "B $one sp_family sibling of A"
expect_row "$two" "^ ?A $two"
expect_row "$one" "^ ?B $one"
choose "$ended" Enter
expect "that process has ended"
echo "two workers as A and B by keys: as expected"

kill -KILL "$one"
expect_row "$one" "worker Z SIGKILL"
expect "killed by SIGKILL"
echo orphan >&3
expect_row "$middle" "worker X"
expect_row "$grandchild" "orphan S"
key d
tries=0
while [ -n "$(row "$middle")" ]; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || fail "$middle was dismissed and is there"
  sleep 0.1
done
expect_row "$one" "worker Z SIGKILL"
echo "the dead stay until dismissed, zombies and orphans are seen: as expected"

key u
expect_row "$first" "(├|└) sp_family program"
expect_row "$$" "first"
key U
expect_row "$first" "sp_family first"
[ -z "$(row "$$")" ] || fail "one generation down the parent is there still"
key U
expect "the family is that of A"
echo "a generation up and down again: as expected"

key q
ended 0
