#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The real program on a real terminal (tmux's) over a live fork pair: every
# view, filter, help, pause, resize, suspend, and the ways to end. After each end
# the terminal must be as it was.
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

tm new-session -d -x 100 -y 30 "env LC_ALL=C.UTF-8 ENV= PS1='ready ' sh" || skip "tmux does not start"
expect ready
key "ulimit -c 0" Enter

start "$pid"
expect "A $pid sp_cow"
expect "B $child sp_cow child of A"
for view in "1 Overview" "2 Threads" "3 Stacks" "4 Memory" "5 Pages" "7 Files"; do
  key "${view%% *}"
  expect "[$view]"
done
key 4
expect " code"
key f
key -l "[stack]"
key Enter
expect "filter: [stack]"
screen | grep -q " code" && fail "the filter let code pass"
key Escape
key Home
expect " code"
key "?"
expect "Keys everywhere"
key Escape
key Space
expect "paused"
key Space
key P
expect "choose B"
key Escape
echo "views, filter, help, pause and chooser: as expected"

tm resize-window -x 60 -y 14
expect "[4"
tm resize-window -x 30 -y 8
expect "twintop needs"
tm resize-window -x 140 -y 45
key Home
expect "[4 Memory]"
expect " code"
tm resize-window -x 100 -y 30
key C-z
wait_for 0 '#{alternate_on}'
key fg Enter
wait_for 1 '#{alternate_on}'
expect "[4 Memory]"
key q
# The shell says that the job had stopped, so its status line comes again.
wait_for 0 '#{alternate_on}'
echo "resized, suspended, continued"

mkfifo "$dir/tasks_in" || exit 99
"$SPECIMENS/sp_tasks" <"$dir/tasks_in" >"$dir/tasks" &
exec 4>"$dir/tasks_in"
tries=0
until grep -q beta= "$dir/tasks"; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || exit 99
  sleep 0.1
done
tasks=$(sed -n 's/^pid=\([0-9]*\).*/\1/p' "$dir/tasks")
alpha=$(sed -n 's/.* alpha=\([0-9]*\).*/\1/p' "$dir/tasks")
beta=$(sed -n 's/.* beta=\([0-9]*\).*/\1/p' "$dir/tasks")
start --view threads --sibling none "$tasks"
expect "$alpha  alpha"
key / && key -l alpha && key Enter
key Enter
expect "Enter marks thread $alpha as A"
key Enter
expect "thread $alpha marked as A"
key / && key -l beta && key Enter
key Enter
expect "Enter watches threads $alpha and $beta as A and B"
key Enter
expect "A $tasks/$alpha"
expect "B $tasks/$beta"
key 6
expect "address space                   = shared"
key q
ended 0
exec 4>&-
echo "two threads, marked with Enter, are A and B"

# A TERM that this terminal is not: its Home and End are what they are all the same.
key "TERM=xterm-256color; export TERM" Enter
start "$pid" "$child"
expect "[1 Overview]"
expect "B $child sp_cow" # before the first sample there is nothing to pause
key Space
expect "paused"
key Left
key Home
expect "├●─" # where there is room for it the heading says so, too
key End
expect "live 10 Hz"
expect "[1 Overview]"
key q
ended 0
key "TERM=screen; export TERM" Enter
echo "Home and End under another terminal's name"

start --theme projector-dark "$pid" "$child"
expect "LECTURE"
expect "B threads"
key 4
expect "read+write"
key 5
expect "pages shared"
screen | grep -q "rw-p" && fail "lecture mode shows codes"
key L
expect "rw-p"
screen | grep -q "LECTURE" && fail "L does not switch lecture mode off"
key q
ended 0
echo "a projector's theme begins in lecture mode, L ends it"

start "$pid" "$child"
expect "[1 Overview]"
key q
ended 0
start "$pid"
key C-c
ended any
for signal in TERM HUP SEGV ABRT; do
  start "$pid"
  kill -s $signal "$(twintop_pid)"
  ended any
done
echo "q, Ctrl-C, TERM, HUP, SEGV and ABRT leave the terminal as it was"

# Ended while it is stopped or in the background, where the terminal belongs to the shell.
gone() {
  tries=0
  while grep -q "^State:.[^ZX]" "/proc/$1/status" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || fail "it stays in the background: $2"
    sleep 0.1
  done
}
start "$pid"
job=$(twintop_pid)
key C-z
wait_for 0 '#{alternate_on}'
kill -s TERM "$job"
kill -s CONT "$job"
gone "$job" "stopped by Ctrl-Z"
key "clear; $TWINTOP $pid & echo job=\$!" Enter
expect "job="
job=$(screen | sed -n 's/^job=//p' | tail -n 1)
tries=0
until grep -q "^State:.*stopped" "/proc/$job/status"; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || fail "it does not wait for the foreground"
  sleep 0.1
done
kill -s TERM "$job"
kill -s CONT "$job"
gone "$job" "started there"
wait_for 0 '#{alternate_on}'
echo "ends in the background, too"

# No second screen to leave: the line where the shell goes on is empty.
key "clear; TERM=vt100 $TWINTOP $pid; echo status=\$?" Enter
expect "Tab side"
key q
expect "status=0"
screen | grep -q "status=0.*[a-z]" && fail "the foot stands behind what comes next"

key "clear; TERM=nonsense $TWINTOP $pid; echo status=\$?" Enter
expect "status=2"
wait_for 0 '#{alternate_on}'
kill -0 "$pid" && kill -0 "$child" || fail "the watched processes did not survive"
exit 0
