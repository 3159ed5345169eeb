#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Pictures as a parser of XML reads them: well-formed whatever names are in them, with title,
# description and caption, and without the line of keys.
set -u
command -v xmllint >/dev/null || {
  echo "skipped: xmllint is not installed"
  exit 77
}
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
trap 'exit 99' INT TERM HUP
fail() {
  printf 'FAILED: %s\n' "$1"
  exit 1
}

"$BUILDDIR/tests/screens/pictures" "$dir" || fail "no pictures were written"
xmllint --nonet --noout "$dir"/*.svg || fail "a picture is no XML"

# ask NAME XPATH: its answer, in a picture whose namespace is taken away.
ask() {
  sed 's| xmlns="[^"]*"||' "$dir/$1.svg" | xmllint --nonet --xpath "$2" -
}
# says NAME XPATH TEXT
says() {
  [ "$(ask "$1" "$2")" = "$3" ] || fail "$1: $2 is '$(ask "$1" "$2")', not '$3'"
}
# The texts of the last row, which the caption has alone.
caption='normalize-space(//g/text[last()])'

for name in scene paused prompt help alone hostile-1 hostile-2 hostile-4 hostile-7; do
  says "$name" 'count(/svg[@width and @height and @viewBox]/title)' 1
  says "$name" 'count(/svg/desc)' 1
  says "$name" 'count(//style)' 1
  says "$name" 'count(/svg/g/text[@textLength <= 0])' 0
  says "$name" 'count(//*[name() != "svg" and name() != "title" and name() != "desc" and
    name() != "style" and name() != "rect" and name() != "g" and name() != "text"])' 0
done
says scene 'string(/svg/title)' "twintop: Overview, A 4242 fork-cow, B 4243 fork-cow"
says scene 'contains(/svg/desc, "Taken at")' true
says paused 'contains(/svg/desc, "Paused at")' true
says paused 'contains(/svg/title, "Memory")' true
for name in scene paused prompt help alone least; do
  ask "$name" "$caption" | grep -qE '^[0-9]{4}-[0-9][0-9]-[0-9][0-9] [0-9:]{8} UTC$' ||
    fail "$name: no time in its caption"
done
for name in scene paused prompt help alone nothing hostile-1; do
  says "$name" 'count(//text[@y = //g/text[last()]/@y and
    (contains(., "quit") or contains(., "filter:"))])' 0
done
says scene 'count(//text[contains(., "A 4242 fork-cow")])' 1
says prompt 'count(//text[contains(., "B 4243 fork-cow")])' 1
# Nothing of a hostile name is lost or becomes markup: it stands there as its escapes.
says hostile-1 'contains(/svg/title, "\e]0;x\a\n\xff")' true
for name in scene hostile-1 hostile-2 hostile-4 hostile-7; do
  LC_ALL=C tr -d '\n' <"$dir/$name.svg" | LC_ALL=C grep -q '[[:cntrl:]]' &&
    fail "$name: control characters are in it"
done
echo "pictures are XML, and say whom they show and when"
