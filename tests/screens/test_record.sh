#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Recordings that begin and end while one watches, on a real terminal (tmux's): with what history
# holds, and with what becomes of a file that takes no more.
set -u
: "${TWINTOP:?}"

. "${srcdir:-.}/tests/screens/tmux.sh"

T=$TWINTOP
sleep 1000 &
target=$!
trap 'kill $target; cleanup' EXIT
mkdir "$dir/work" && mkfifo "$dir/work/fifo" || exit 99
cd "$dir/work" || exit 99

# into NAME: what is recorded from here on goes there.
into() {
  key r
  expect "record to: twintop-"
  key C-u
  key -l "$1"
  key Enter
}

tm new-session -d -x 100 -y 24 "env LC_ALL=C.UTF-8 ENV= PS1='ready ' sh" || skip "tmux does not start"
expect ready

# The clock is stopped, and what is kept is written by the name that is offered.
start "-s none -d 0.1 $target"
expect "A $target sleep"
sleep 1
key Space
expect "paused"
asked=$(date +%s%N)
key r
expect "record to: twintop-sleep-$target-2"
key Enter
expect "rec 1s"
key r
expect "recorded twintop-sleep-$target-"
expect "moments"
key End
echo "not ours" >words
into words
expect "is no recording: choose another name"
grep -qx "not ours" words || fail "words is not what it was"
key q
ended 0
name=$(echo twintop-sleep-"$target"-*.twin)
[ -s "$name" ] || fail "$name is not there"
"$T" replay "$name" --json >told 2>err </dev/null || fail "it is not replayed: $(cat err)"
first=$(sed -n '1s/.*"realtime_ns":\([0-9]*\),.*/\1/p' told)
[ "$first" -lt $((asked - 500000000)) ] || fail "it begins at $first, asked for at $asked"
[ "$(grep -c '"comm":"sleep"' told)" = "$(wc -l <told)" ] || fail "what is told is of another one"
echo "what history holds and what came then: as expected"

# One that runs already is ended as well, and another one begins.
start "-o first --redact -s none -d 0.1 $target"
expect "rec "
key r
expect "recorded first: "
into second
expect "rec 1s"
key q
ended 0
for name in first second; do
  "$T" replay $name --json >told 2>err </dev/null || fail "$name is not replayed: $(cat err)"
  grep -q argument-1 told || fail "$name is not redacted"
done
echo "one after the other: as expected"

# A reader that leaves, and one that never reads: one line, and the screen goes on.
sh -c 'head -c 2000 >/dev/null' <fifo &
reader=$!
start "-s none -d 0.05 $target"
expect "A $target sleep"
into fifo
expect "whoever read it has left"
expect "rec failed"
key 2
expect "[2 Threads]"
key q
expect "twintop: recording fifo: whoever read it has left after"
ended 1
wait $reader

exec 5<>fifo
dd if=/dev/zero of=fifo oflag=nonblock bs=4096 count=16 2>/dev/null # as many as there is room for
start "-s none -d 0.02 $target"
expect "A $target sleep"
into fifo
expect "rec "
key r
expect "what it goes to takes no more"
key q
ended 1
exec 5>&-
echo "pipes that are not read: as expected"

# A file that may not grow.
key "ulimit -f 30" Enter
start "-s none -d 0.02 $target"
expect "A $target sleep"
into small
expect "rec failed"
key q
expect "twintop: recording small: File too large"
ended 1
"$T" replay small --json >told 2>err </dev/null
[ -s told ] || fail "nothing of small is told"
echo "a file that may not grow: as expected"
