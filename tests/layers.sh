#!/bin/sh
# Proves the layering from the includes: a layer sees only itself and what stands below it, each
# library and each stream of the kernel is known to one room, what follows from moments does no
# I/O, and nothing but the root object names /proc.
set -u
top=${srcdir:-.}
cd "$top" || exit 99
bad=0

# From the bottom to the top; layers of one line do not see each other. A room may be empty yet.
order() {
  cat <<END
base
model
proc record
feed symbols
sample
compare
draw
view report
app
screen
END
}

complain() {
  echo "layers: $1" >&2
  bad=1
}

sources() { # of a layer
  for folder in "src/$1" "include/twintop/$1"; do
    [ -d "$folder" ] && find "$folder" -name '*.[ch]'
  done
}

# Files that include a header of that pattern, but for those of the second pattern.
only_in() {
  for file in $(grep -rlE "^#[[:space:]]*include [<\"]($1)" src include --include='*.[ch]'); do
    echo "$file" | grep -qE "^($2)" || complain "$file includes $1: only for $2"
  done
}

seen=0
below=
while read -r row; do
  for layer in $row; do
    ok=" $layer $below "
    for file in $(sources "$layer"); do
      seen=$((seen + 1))
      for used in $(sed -n 's,^#[[:space:]]*include "twintop/\([a-z]*\)/.*,\1,p' "$file" | sort -u); do
        case $ok in
        *" $used "*) ;;
        *) complain "$file includes $used/, which does not stand below $layer/" ;;
        esac
      done
    done
  done
  below="$below $row"
done <<END
$(order)
END

# Every source file but the program's own belongs to a layer, and folders are not gone round.
all=$(find src/*/ include/twintop/*/ -name '*.[ch]' ! -path 'src/demo/*' ! -name syscall_rows.h | wc -l)
[ "$seen" -gt 100 ] || complain "only $seen source files found below $top"
[ "$seen" -ge "$all" ] || complain "$((all - seen)) source files are of no layer"
for file in $(grep -rlE '^#[[:space:]]*include "\.\.?/' src include --include='*.[ch]'); do
  complain "$file includes by a path of folders"
done
for file in $(grep -rlE '^#[[:space:]]*include "twintop/' src/demo --include='*.[ch]'); do
  complain "$file is a plain program and includes twintop's own"
done

only_in 'n?curses|ncursesw/' 'src/screen/'
only_in 'libproc2/' 'src/proc/libproc\.c$'
only_in 'bpf/' 'src/proc/(kcode|task_iterator|task_program|space_watch)\.c$|src/feed/(connector_filter|exit_codes)\.c$'
only_in 'elfutils/|libelf|gelf|dwarf|libdw' 'src/symbols/'
only_in 'linux/(perf_event|cn_proc|connector)' 'src/feed/|src/proc/caps_'
only_in 'jansson' 'src/report/json'
only_in 'vterm\.h' 'src/app/console(_guard)?\.[ch]$'
for file in $(grep -lE '\b(fopen|openat|open|opendir|readlink|ioctl|socket|syscall)\(' \
  src/compare/*.[ch] src/draw/*.[ch] src/view/*.[ch]); do
  complain "$file does I/O"
done
# A moment may be of another machine: what it is made of says the size of a page, the tick's length.
for file in $(grep -rlE 'host_page_bytes|_SC_(PAGESIZE|PAGE_SIZE|CLK_TCK)|getpagesize' src include \
  --include='*.[ch]'); do
  case $file in
  src/proc/* | include/twintop/proc/host.h | src/feed/perf_ring.c | src/feed/glance.c | src/demo/*) ;;
  *) complain "$file asks the running kernel for sizes" ;;
  esac
done
for file in $(grep -rlE '(open|openat|fopen|opendir|readlink|access|stat)\([^"]*"/proc' src include \
  --include='*.[ch]'); do
  case $file in
  src/proc/root.c | src/demo/*) ;;
  *) complain "$file opens /proc past the root object" ;;
  esac
done
[ $bad -eq 0 ] && echo "layers: $seen files keep the order"
exit $bad
