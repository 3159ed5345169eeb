# SPDX-License-Identifier: GPL-2.0-or-later
# What tests on a real terminal (tmux's) have in common; sourced by them, with TWINTOP set.
skip() {
  echo "skipped: $1"
  exit 77
}
command -v tmux >/dev/null || skip "tmux is not installed"
command -v pgrep >/dev/null || skip "pgrep is not installed"

dir=$(mktemp -d) || exit 99
TMUX_TMPDIR=$dir
export TMUX_TMPDIR
unset TMUX

tm() { tmux -u -f /dev/null "$@"; }
screen() { tm capture-pane -p; }

cleanup() {
  tm kill-server 2>/dev/null
  exec 3>&- 4>&-
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 99' INT TERM HUP

fail() {
  echo "FAILED: $1"
  screen
  exit 1
}

# expect TEXT: it comes onto the screen within twenty seconds.
expect() {
  tries=0
  until screen | grep -qF -- "$1"; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || fail "\"$1\" did not come"
    sleep 0.1
  done
}

# wait_for VALUE FORMAT: tmux says so of the pane within ten seconds.
wait_for() {
  tries=0
  until [ "$(tm display-message -p "$2")" = "$1" ]; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || fail "$2 is not $1"
    sleep 0.1
  done
}

key() { tm send-keys "$@"; }

# start ARGS: twintop in the shell of the pane, its terminal's modes noted before and after.
start() {
  rm -f "$dir/before" "$dir/after"
  key "clear; stty -a >$dir/before; $TWINTOP $*; echo status=\$?; stty -a >$dir/after; echo over" Enter
  wait_for 1 '#{alternate_on}'
}

# ended STATUS: twintop is gone and left no trace on the terminal. "any": whatever status.
ended() {
  expect "over"
  [ "$1" = any ] || expect "status=$1"
  wait_for 0 '#{alternate_on}'
  wait_for 0 '#{mouse_any_flag}'
  wait_for 1 '#{cursor_flag}'
  cmp "$dir/before" "$dir/after" || fail "the terminal's modes changed"
}

# twintop's own process: the child of the pane's shell.
twintop_pid() { pgrep -P "$(tm display-message -p '#{pane_pid}')" | head -n 1; }
