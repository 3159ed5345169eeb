#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A launched program on its console: what is typed into it, what it draws, what becomes of both; a
# saved picture; and another user's process.
set -u
: "${TWINTOP:?}" "${SPECIMENS:?}"

. "${srcdir:-.}/tests/screens/tmux.sh"

tm new-session -d -x 100 -y 30 "env LC_ALL=C.UTF-8 ENV= PS1='ready ' sh" || skip "tmux does not start"
expect ready
key "cd $dir" Enter

# Every key but Ctrl-] is the program's; it tells the bytes that it got.
cat >"$dir/keys" <<'END'
#!/bin/sh
stty raw -echo
printf 'size %s TERM %s\r\n' "$(stty size)" "$TERM"
set -- $(dd bs=1 count=10 2>/dev/null | od -An -tx1)
printf 'got %s\r\n' "$*"
stty sane
read -r line
echo "line $line"
read -r line
END
chmod +x "$dir/keys"
start -- ./keys
expect "TERM xterm"
key i
expect "every key goes to the program"
expect "^] end typing"
key C-c C-z C-s "C-\\" q F10
expect "got 03 1a 13 1c 71 1b 5b 32 31 7e"
key -l "hello"
key Enter
expect "line hello"
key C-]
expect "Tab side"
key i
expect "every key goes to the program"
key Escape Escape
expect "Tab side"
key q
ended 0
echo "typed into a program: all keys, back by Ctrl-] and by Esc twice"

# A full-screen program draws on a screen of its own, and what was there before comes back.
cat >"$dir/full" <<'END'
#!/bin/sh
echo before
read -r line
printf '\033[?1049h\033[H\033[7mtitle\033[m\033[2;3Hbody'
read -r line
printf '\033[?1049l'
echo after
read -r line
END
chmod +x "$dir/full"
start -- ./full
expect before
key ">"
expect "  body"
screen | grep -q before && fail "the program's screen is not its own"
key ">"
expect after
expect before
key q
ended 0
echo "a full-screen program draws, and goes"

# A second picture does not hold what was said of the first one. Without a sibling: that would be a
# command of ours, which has the words that are looked for in its arguments.
start -s none $$
expect "[1 Overview]"
key S
expect "saved ./twintop-1.svg"
key S
expect "saved ./twintop-2.svg"
key q
ended 0
for n in 1 2; do
  grep -q '</svg>' "$dir/twintop-$n.svg" || fail "twintop-$n.svg is no picture"
  grep -q 'saved' "$dir/twintop-$n.svg" && fail "a message is in twintop-$n.svg"
done
echo "pictures are without messages"

# What may be shown of another user's process is shown.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
  chmod 755 "$dir"
  cp "$TWINTOP" "$dir/twintop"
  chmod 755 "$dir/twintop"
  TWINTOP="setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
--bounding-set=-all $dir/twintop"
  start -s none --view memory $$
  expect "A $$"
  expect "hidden: needs the same user, or root"
  key 1
  expect "sleeping"
  key q
  ended 0
  echo "another user's process is shown in part"
else
  echo "another user's process: needs root and setpriv"
fi
exit 0
