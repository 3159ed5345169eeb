#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Recordings on a real terminal (tmux's): a file plays, stands still, leads anywhere and ends; one
# that comes through a pipe is shown as it comes, and neither a pipe that stalls nor one that is cut
# takes keys from whoever looks.
set -u
: "${TWINTOP:?}"

. "${srcdir:-.}/tests/screens/tmux.sh"

tapes=$(cd "${srcdir:-.}/tests/recordings" && pwd)
tape=$tapes/cow.twin
half=$(($(wc -c <"$tape") * 2 / 3)) # of its bytes: some moments
# Who is who in it, and how many moments it has: it may be made anew.
said=$(TZ=UTC0 "$TWINTOP" replay "$tape" --json) || exit 99
moments=$(echo "$said" | wc -l)
pids() { echo "$said" | tail -n 1 | grep -o '"pid":[0-9]*,"ppid"' | grep -o '[0-9]*'; }
a=$(pids | sed -n 1p)
b=$(pids | sed -n 2p)
mkfifo "$dir/fifo" || exit 99

tm new-session -d -x 120 -y 30 "env LC_ALL=C.UTF-8 TZ=UTC0 ENV= PS1='ready ' sh" || skip "tmux does not start"
expect ready

# A file: it goes on by itself, to its end, and anywhere from there.
start "replay $tape"
expect "example 20"
expect "A $a cow"
key + + + + + +
expect "the recording ends here"
expect "replay: ended"
expect "B $b cow"
key Home
expect "moment 1 of $moments"
expect "B none"
key ']'
expect "moment 2 of $moments"
key t
key -l -- "-1s"
key Enter
expect "B $b cow"
key x
expect "A $b cow"
key x
expect "A $a cow"
key P
expect "no other process can be chosen"
key End
expect "$moments/$moments"
key -l -- "------"
expect "paused; it goes on at 1x"
key Space
expect "from the beginning"
key q
ended 0

# The mouse leads along the bar, whichever way the terminal tells of it: bytes behind ESC [ M, as for
# screen's and tmux's, or numbers. Pressed in the middle, drawn to the left end, let go.
drag() { # PRESS DRAW DROP: as hexadecimal bytes
  key Home
  expect "moment 1 of $moments"
  # shellcheck disable=SC2086
  key -H $1
  tries=0
  while screen | grep -qF "moment 1 of $moments"; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || fail "a click with TERM=$term leads nowhere"
    sleep 0.1
  done
  # shellcheck disable=SC2086
  key -H $2
  expect "moment 1 of $moments"
  # shellcheck disable=SC2086
  key -H $3
}
for term in screen xterm; do
  if ! infocmp "$term" >"$dir/known" 2>&1; then
    echo "not tried: a mouse with TERM=$term, which is not known here"
    continue
  fi
  tm send-keys "export TERM=$term" Enter
  start "replay $tape"
  key Space
  wait_for 1 '#{mouse_button_flag}'
  if grep -q 'kmous=\\E\[<' "$dir/known"; then
    drag "1b 5b 3c 30 3b 38 31 3b 32 39 4d" "1b 5b 3c 33 32 3b 31 34 3b 32 39 4d" \
      "1b 5b 3c 30 3b 31 34 3b 32 39 6d"
  else
    drag "1b 5b 4d 20 71 3d" "1b 5b 4d 40 2e 3d" "1b 5b 4d 23 2e 3d"
  fi
  key q
  ended 0
done

# What was cut off is shown as far as it goes.
head -c "$half" "$tape" >"$dir/cut"
start "replay $dir/cut"
expect "A $a cow"
key Space End
expect "replay: paused"
key Space + + + + + + +
expect "it was cut off"
key q
ended 0

# A stream that stalls: keys are answered, what came is kept, and `q` ends at once.
(
  exec 3>"$dir/fifo"
  head -c "$half" "$tape" >&3
  exec sleep 1000
) &
writer=$!
trap 'kill $writer 2>/dev/null; cleanup' EXIT
start "replay - <$dir/fifo"
expect "live"
expect "example lag"
expect "A $a cow"
key Space
expect "paused"
key '['
expect "back"
key +
expect "who sends it sets the delay"
key End
expect "live"
asked=$(date +%s)
key q
ended 0
[ $(($(date +%s) - asked)) -le 5 ] || fail "q took $(($(date +%s) - asked)) s"
kill $writer

# One that is cut off, and one that ends: both stay to be looked at.
start "replay - <$dir/cut"
expect "A $a cow"
key q
ended 0
tm send-keys "clear" Enter
rm -f "$dir/after"
key "clear; cat $dir/cut | $TWINTOP replay -; echo status=\$?; stty -a >$dir/after; echo over" Enter
expect "the stream was cut off"
expect "ended"
key '['
expect "s back, "
key 2
expect "[2 Threads]"
key q
expect "status=0"
key "clear; cat $tape | $TWINTOP replay -; echo status=\$?; echo over" Enter
expect "the stream ended"
key Space
expect "$moments/$moments"
key q
expect "status=0"

echo "recordings on the screen: as expected"
