#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Completions in zsh, typed into it on a terminal (tmux's).
set -u
command -v zsh >/dev/null || {
  echo "skipped: zsh is not installed"
  exit 77
}
. "${srcdir:-.}/tests/screens/tmux.sh"
tmux_folder=$dir
. "${srcdir:-.}/tests/complete/offers.sh"
trap 'tm kill-server 2>/dev/null; rm -rf "$tmux_folder"; cleanup' EXIT

cat >"$dir/rc" <<'END'
PS1="ready> "
unsetopt beep list_beep
setopt no_list_ambiguous auto_list
fpath=($BUILDDIR/src/complete/zsh $fpath)
autoload -Uz compinit && compinit -D -u
bindkey -e
bindkey '^I' complete-word # of itself zsh expands what is typed, which is its user's business
LISTMAX=9999
END
PATH=$dir:$PATH
printf '#!/bin/sh\n' >"$dir/a-program-of-ours"
chmod +x "$dir/a-program-of-ours"
begin_hostile
tm new-session -d -x 150 -y 900 "env LC_ALL=C.UTF-8 BUILDDIR='$BUILDDIR' PATH='$PATH' zsh -f" ||
  skip "tmux does not start"
key "source $dir/rc" Enter
key "clear" Enter
expect "ready>"

# A line is typed, completed, and what stands there then is kept.
type_tab() { # line
  key C-u
  key C-l
  wait_for 7 '#{cursor_x}'
  key -l "$1"
  key Tab
}
# Every one of these lines comes onto the screen.
expect_all() { # lines
  for line in $1; do
    expect "$line"
  done
}

type_tab "twintop --th"
expect "ready> twintop --theme"
type_tab "twintop -"
expect_all "$(options)"
for option in --theme --view --follow --color; do
  type_tab "twintop $option "
  expect_all "$(words $option)"
done
type_tab "twintop --view=mem"
expect "ready> twintop --view=memory"
type_tab "twintop demo "
expect_all "$(demos)"
expect "fork copies lazily"
type_tab "twintop --theme mono demo fork-co"
expect_all "$(demos | grep '^fork-co')"
type_tab "twintop doc"
expect "ready> twintop doctor"
type_tab "twintop -s par"
expect "ready> twintop -s parent"
type_tab "twintop -- a-program-of-"
expect "ready> twintop -- a-program-of-ours"
type_tab "twintop --view pages -- a-program-of-ours $dir/r"
expect "ready> twintop --view pages -- a-program-of-ours $dir/rc"
for line in "twintop -s " "twintop " "twintop 1 "; do
  type_tab "$line"
  for pid in $hostile; do
    expect "$pid ("
  done
  expect "(?]0;x"
done
for word in '"$(>ran)"' "'" '"' '`>ran`' '~' '[' '$' '$(>ran'; do
  type_tab "twintop -s $word"
  type_tab "twintop $word"
done
key C-u
[ -e "$dir/ran" ] && fail "a name was executed"
echo "zsh completes what twintop takes"
