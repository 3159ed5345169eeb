#!/bin/sh
# Proves the layering from the includes: a layer sees only itself and what
# stands below it, curses.h stays in screen/, libproc2 in one file, and nothing
# but the root object names /proc.
set -u
top=${srcdir:-.}
cd "$top" || exit 99
bad=0

# What each layer may include, besides itself.
allowed() {
  case $1 in
  base) echo "" ;;
  model) echo "base" ;;
  proc | record) echo "base model" ;;
  sample) echo "base model proc record" ;;
  compare) echo "base model proc record sample" ;;
  view) echo "base model proc record sample compare" ;;
  screen) echo "base model proc record sample compare view" ;;
  esac
}

complain() {
  echo "layers: $1" >&2
  bad=1
}

seen=0
for layer in base model proc record sample compare view screen; do
  ok=" $layer $(allowed $layer) "
  for file in $(find "src/$layer" "include/twintop/$layer" -name '*.[ch]' | sort); do
    seen=$((seen + 1))
    for used in $(sed -n 's,^#[[:space:]]*include "twintop/\([a-z]*\)/.*,\1,p' "$file" | sort -u); do
      case $ok in
      *" $used "*) ;;
      *) complain "$file includes $used/, which stands above $layer/" ;;
      esac
    done
    case $layer in
    screen) ;;
    *) grep -qE '^#[[:space:]]*include <(n?curses|ncursesw/)' "$file" &&
      complain "$file includes curses outside screen/" ;;
    esac
    grep -qE '^#[[:space:]]*include <libproc2/' "$file" && [ "$file" != src/proc/libproc.c ] &&
      complain "$file includes libproc2 outside src/proc/libproc.c"
    case $layer in
    view) grep -nE '\b(fopen|openat|open|opendir|readlink|ioctl|socket)\(' "$file" &&
      complain "$file does I/O in view/" ;;
    compare) grep -nE '\b(fopen|openat|open|opendir|readlink|ioctl|socket|syscall)\(' "$file" &&
      complain "$file does I/O in compare/" ;;
    esac
  done
done
for file in $(grep -rlE '(open|openat|fopen|opendir|readlink|access|stat)\([^"]*"/proc' src include); do
  case $file in
  src/proc/root.c | src/demo/*) ;;
  *) complain "$file opens /proc past the root object" ;;
  esac
done
[ "$seen" -gt 10 ] || complain "only $seen source files found below $top"
[ $bad -eq 0 ] && echo "layers: $seen files keep the order"
exit $bad
