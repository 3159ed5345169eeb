# SPDX-License-Identifier: GPL-2.0-or-later
# What completions are held against, as twintop itself tells it; and processes whose names would do
# something if a shell read them as its own. Sourced by the tests, in a folder of their own.
: "${TWINTOP:?}" "${BUILDDIR:?}"
dir=$(mktemp -d) || exit 99
hostile=
cleanup() {
  for pid in $hostile; do kill "$pid" 2>/dev/null; done
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 99' INT TERM HUP
cd "$dir" || exit 99

# One a line, sorted.
options() {
  "$TWINTOP" --help | sed -n 's/^  \(-.\), \(--[a-z-]*\).*/\1\n\2/p; s/^      \(--[a-z-]*\).*/\1/p' |
    LC_ALL=C sort
}
# The words that may follow an option, told by its complaint.
words() { # option
  "$TWINTOP" 1 "$1" . 2>&1 | sed 's/.* give //; s/a PID, //; s/ or /, /' | tr -s ', ' '\n\n' | LC_ALL=C sort
}
demos() { "$TWINTOP" demo | sed '$d; s/ .*//' | LC_ALL=C sort; }

# The numbers of processes with such names, in hostile.
begin_hostile() {
  for name in '$(>ran)' '`>ran`' "';>ran;'" '";>ran;"' 'a b|&*~' '--log' "$(printf 'n\n>ran\n')" \
    "$(printf '\033]0;x\007\377')"; do
    sh -c 'printf %s "$1" >/proc/$$/comm && while :; do sleep 1; done' sh "$name" &
    hostile="$hostile $!"
    tries=0
    while [ "$(cat "/proc/$!/comm" 2>/dev/null)" = sh ] && [ $tries -lt 100 ]; do
      tries=$((tries + 1))
      sleep 0.1
    done
  done
}
