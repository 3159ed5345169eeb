#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Questions on a real terminal (tmux's): of a view over a live fork pair, nothing of whose B is seen
# meanwhile, and of the steps of a demo, before they happen and unseen.
set -u
: "${TWINTOP:?}" "${SPECIMENS:?}"

. "${srcdir:-.}/tests/screens/tmux.sh"

mkfifo "$dir/in" || exit 99
"$SPECIMENS/sp_cow" anon 64 <"$dir/in" >"$dir/out" &
exec 3>"$dir/in"
echo fork >&3
tries=0
until grep -q child= "$dir/out"; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || exit 99
  sleep 0.1
done
pid=$(sed -n 's/.*pid=\([0-9]*\).*/\1/p' "$dir/out" | head -n 1)
child=$(sed -n 's/.*child=\([0-9]*\).*/\1/p' "$dir/out" | head -n 1)

tm new-session -d -x 80 -y 24 "env LC_ALL=C.UTF-8 ENV= PS1='ready ' sh" || skip "tmux does not start"
expect ready

# unseen TEXT: it is nowhere on the screen.
unseen() { screen | grep -qF -- "$1" && fail "\"$1\" is seen"; }

start "$pid"
expect "B $child sp_cow"
key 2
key Q
expect "How many threads does B have?"
expect "B is hidden"
unseen "$child"
key -l many
key Enter
expect "that is no answer"
key C-u
key -l 1
key Enter
expect "right: your guess 1, measured 1 thread"
expect "said by /proc/PID/task"
unseen "$child"
key Tab
expect "sleep (state S)"
key Escape
expect "B $child sp_cow"
expect "live"
key q
wait_for 0 '#{alternate_on}'
echo "a question of a view: as expected"

start demo fork-count
expect "step 1: Enter goes on"
key Q
expect "your guess:"
key -l 7
key Enter
expect "wrong: your guess 7, expected 1, measured 1"
key Escape
expect "step 2: Enter goes on"
key Q
key Enter
expect "the step goes on unseen"
expect "step 3"
unseen "as expected"
key -l 2
key Enter
expect "right: your guess 2, expected 2, measured 2"
expect "as expected"
key Escape
expect "next step"
key q
wait_for 0 '#{alternate_on}'
echo "questions of steps: as expected"
