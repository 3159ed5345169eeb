#!/bin/sh
# Every bad input of the command line: its exit status, and one line on standard
# error that names the way out; closed pipes, a full disk, no terminal; reports of
# live processes and of programs that twintop starts.
set -u
T=${TWINTOP:?the program under test}
work=$(mktemp -d) || exit 99
trap 'exec 2>/dev/null; rm -rf "$work"; kill "$sleeper"; wait "$sleeper"' EXIT
sleep 1000 &
sleeper=$!
failed=0
passed=0

bad() {
  echo "FAILED: $1" >&2
  sed 's/^/  stderr: /' "$work/err" >&2
  failed=$((failed + 1))
}

# refused STATUS TEXT ARGUMENT...: ends with it, nothing on stdout, one line with TEXT on stderr.
refused() {
  want=$1 text=$2
  shift 2
  "$T" "$@" >"$work/out" 2>"$work/err" </dev/null
  got=$?
  if [ $got -ne "$want" ]; then
    bad "twintop $*: status $got, not $want"
  elif [ "$(wc -l <"$work/err")" -ne 1 ]; then
    bad "twintop $*: not one line"
  elif ! grep -qF -- "$text" "$work/err" || ! grep -q '^twintop: ' "$work/err"; then
    bad "twintop $*: does not say '$text'"
  elif [ -s "$work/out" ]; then
    bad "twintop $*: writes to standard output"
  elif LC_ALL=C grep -q '[^ -~]' "$work/err"; then
    bad "twintop $*: raw bytes on the terminal"
  else
    passed=$((passed + 1))
  fi
}

# accepted TEXT ARGUMENT...: succeeds quietly with TEXT on stdout.
accepted() {
  text=$1
  shift
  "$T" "$@" >"$work/out" 2>"$work/err" </dev/null
  got=$?
  if [ $got -ne 0 ]; then
    bad "twintop $*: status $got"
  elif ! grep -qF -- "$text" "$work/out"; then
    bad "twintop $*: does not print '$text'"
  else
    passed=$((passed + 1))
  fi
}

check() {
  if [ "$1" -eq "$2" ]; then
    passed=$((passed + 1))
  else
    bad "$3: $1, not $2"
  fi
}

# A number that names no process.
nobody=$(($(cat /proc/sys/kernel/pid_max) + 1))
escape=$(printf 'a\033[31m\377b')

refused 1 "no process $nobody: see" $nobody
refused 1 "no process $nobody" --once $nobody
refused 1 "no process $nobody" --json $sleeper $nobody
refused 1 "no process $nobody" --once -s $nobody $sleeper
refused 2 "is not a process number" 12x
refused 2 "is not a process number" "$escape"
refused 2 "is not a process number" reply file
refused 2 "from 1 to" 0
refused 2 "from 1 to" 99999999999999999999
refused 2 "at most two" 1 2 3
refused 2 "unknown option" --nonsense
refused 2 "unknown option" "--$escape"
refused 2 "unknown option '-O'" -O file $sleeper
refused 2 "--delay" -d 0 $sleeper
refused 2 "--delay needs a value" $sleeper -d
refused 2 "--samples" -1 -n x $sleeper
refused 2 "memory" --view nowhere $sleeper
refused 2 "projector" --theme pink $sleeper
refused 2 "no program after --" --
refused 2 "not both" $sleeper -- true
refused 2 "need a target" --once
refused 2 "nothing more" doctor now
refused 2 "lists them" demo nothing
refused 2 "--log" --log /nowhere/at/all $sleeper
refused 1 "not found" -- /nowhere/at/all
refused 1 "not found" --once -- no-such-program-here
refused 1 "not found" -- ""
refused 1 "not executable" --once -- /etc/passwd
refused 1 "a folder" -- /tmp
refused 1 "a folder" --once -- /tmp/
refused 1 "a folder" -- .
refused 1 "no regular file" -- /dev/null
refused 1 "not found" -- "$escape"
printf 'no program\n' >"$work/text"
chmod +x "$work/text"
refused 1 "#! line" --once -- "$work/text"
refused 2 "no terminal: use --once or --json"
refused 2 "no terminal: use --once or --json" $sleeper
refused 2 "no terminal: use --once or --json" -- true

accepted "twintop" --version
accepted "--sibling" --help
accepted "fork-cow" demo
accepted "frames" doctor
accepted "sleep" --once $sleeper
accepted '"schema":"twintop/1"' --json $sleeper
# Whom nobody listens to has no records: that is not 0.
accepted '"records":null,"lost":null' --json $sleeper
accepted '"comm":"sleep"' -j -s none $sleeper
accepted "sleep" -1 --ascii -s parent $sleeper
check "$(grep -c 'chosen by twintop' "$work/out")" 0 "a parent that was asked for"
for view in overview threads stacks memory pages sharing files signals; do
  accepted "A $sleeper sleep" --once -s none --view $view $sleeper
done
LD_PRELOAD=libstdc++.so.6 sleep 1000 2>/dev/null &
loaded=$!
tries=0
until grep -q libc.so "/proc/$loaded/maps" 2>/dev/null || [ $tries -ge 50 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
accepted '"runtime":"c"' --json -s none $loaded
kill $loaded
accepted "Threads of A" --once --view threads $sleeper
check "$(grep -cE '^(Memory|Files|Signals|Processes|Pages|What A and B share) ' "$work/out")" 0 \
  "sections of other views"
accepted "Memory of A" --once -s none --view memory $sleeper
check "$(grep -cE '^(Threads|Files|Signals|Process|Pages) ' "$work/out")" 0 \
  "sections of other views than memory"
accepted "sleep" -1 --sibling=child -- sleep 5

# Standard output that is closed, full, or whose reader went.
"$T" --json -n 0 -d 0.01 $sleeper 2>"$work/err" | head -n 2 >"$work/out"
check "$(wc -l <"$work/out")" 2 "lines before a closed pipe"
check "$(wc -l <"$work/err")" 0 "lines on stderr after a closed pipe"
for arguments in --version --help doctor "--once $sleeper" "--json $sleeper"; do
  "$T" $arguments >/dev/full 2>"$work/err"
  check $? 1 "twintop $arguments >/dev/full"
  check "$(grep -c 'cannot write to standard output' "$work/err")" 1 "what is said of /dev/full"
  "$T" $arguments >&- 2>"$work/err"
  check $? 1 "twintop $arguments >&-"
done
"$T" --once $sleeper >"$work/out" 2>/dev/null <&-
check $? 0 "standard input closed"

# As many lines as asked for, each of them JSON with both schema and target.
"$T" --json -n 5 -d 0.01 $sleeper >"$work/out" 2>"$work/err"
check "$(grep -c '^{"schema":"twintop/1",.*}$' "$work/out")" 5 "JSON lines"

# Programs that we start: their output stays off our report, their end is told.
"$T" --json -n 0 -d 0.01 -- sh -c 'echo to the terminal; exit 3' >"$work/out" 2>"$work/err"
check $? 0 "a program that ends"
check "$(grep -c 'to the terminal' "$work/err")" 1 "its output on stderr"
check "$(grep -c '^{' "$work/out")" "$(wc -l <"$work/out")" "JSON lines alone"
check "$(tail -n 1 "$work/out" | grep -c '"exit":{"code":3,"signal":null}')" 1 "its exit code"
"$T" --json -n 0 -d 0.01 -- sh -c 'kill -SEGV $$' >"$work/out" 2>"$work/err"
check "$(tail -n 1 "$work/out" | grep -c '"exit":{"code":null,"signal":11}')" 1 "its signal"

# A target that ends while we watch.
sleep 1000 &
target=$!
: >"$work/out"
"$T" --json -n 0 -d 0.05 -s none $target >"$work/out" 2>"$work/err" &
watcher=$!
tries=0
while [ ! -s "$work/out" ] && [ $tries -lt 1200 ]; do
  sleep 0.05
  tries=$((tries + 1))
done
kill $target
wait $watcher
check $? 0 "a target that ends"

# What has ended but was not reaped: all that a zombie still tells.
sh -c 'true & exec sleep 20' &
parent=$!
tries=0
zombie=
while [ -z "$zombie" ] && [ $tries -lt 200 ]; do
  sleep 0.05
  tries=$((tries + 1))
  for pid in $(cat "/proc/$parent/task/$parent/children"); do
    grep -q '^State:.*Z' "/proc/$pid/status" && zombie=$pid
  done
done
"$T" --json -s none "$zombie" >"$work/out" 2>"$work/err"
check $? 0 "a zombie"
check "$(grep -c '"exit":{"code":0,"signal":null}.*"state":"Z"' "$work/out")" 1 "its record"
kill $parent
wait $parent 2>/dev/null

# A signal ends us as it should, and what we started.
"$T" --json -n 0 -- sh -c 'echo $$; exec sleep 100' >/dev/null 2>"$work/err" &
ours=$!
tries=0
while ! grep -q '[0-9]' "$work/err" && [ $tries -lt 200 ]; do
  sleep 0.05
  tries=$((tries + 1))
done
child=$(tr -cd 0-9 <"$work/err")
kill -TERM $ours
wait $ours
check $? 143 "status after SIGTERM"
if kill -0 "$child" 2>/dev/null && ! grep -q '^State:.*Z' "/proc/$child/status"; then
  bad "the program outlived us"
fi

# Forced down: what we may not see is unknown, with its reason, and no error.
TWINTOP_DENY=frames,kcmp "$T" --json $sleeper >"$work/out" 2>"$work/err"
check $? 0 "denied capabilities"
check "$(grep -c '"frames":"estimated"' "$work/out")" 1 "estimated frames"
TWINTOP_DENY=nonsense "$T" --json $sleeper >"$work/out" 2>"$work/err"
check $? 2 "a capability that does not exist"

# What was recorded is told as it was told then; a pipe does as well as a file.
for how in "--json -n 3 -d 0.05" "--once" "--once --view memory"; do
  rm -f "$work/tape"
  # shellcheck disable=SC2086
  "$T" $how -o "$work/tape" $$ >"$work/live" 2>"$work/err" </dev/null
  check $? 0 "recording beside $how"
  # shellcheck disable=SC2086
  "$T" replay $how "$work/tape" >"$work/out" 2>"$work/err" </dev/null
  check $? 0 "replay $how"
  cmp -s "$work/live" "$work/out"
  check $? 0 "whether it tells the same"
done
check "$(stat -c %a "$work/tape")" 600 "who may read a recording"
"$T" --headless -n 5 -d 0.02 -o - $$ 2>"$work/err" </dev/null | "$T" replay - --json >"$work/out"
check "$(grep -c '"schema":"twintop/1"' "$work/out")" 5 "moments through a pipe"

# Recordings that are none, or not whole, and files that cannot be written.
"$T" --headless -n 2 -d 0.02 -o "$work/tape" $$ 2>"$work/err" </dev/null
check $? 0 "a recording over another one"
size=$(stat -c %s "$work/tape")
head -c $((size - 100)) "$work/tape" >"$work/cut"
"$T" replay "$work/cut" --json >"$work/out" 2>"$work/err" </dev/null
check $? 1 "status of one that was cut off"
check "$(grep -c 'it was cut off' "$work/err")" 1 "what is said of it"
echo "no recording" >"$work/text"
refused 1 "that is no recording of twintop's" replay "$work/text" --json
refused 1 "No such file or directory" replay "$work/none" --json
refused 1 "is there and is no recording" --headless -o "$work/text" $$
check "$(grep -cx "no recording" "$work/text")" 1 "a file of somebody else's"
refused 1 "No space left on device" --headless -n 2 -o /dev/full $$
refused 1 "Is a directory" --headless -n 2 -o "$work" $$

# A recording as a page for browsers.
"$T" replay "$work/tape" --export html "$work/page.html" 2>"$work/err" </dev/null
check $? 0 "a page of a recording"
check "$(head -n 1 "$work/page.html" | grep -cx '<!DOCTYPE html><!-- written by twintop -->')" 1 "its begin"
"$T" replay --export html "$work/cut" "$work/page.html" 2>"$work/err" </dev/null
check $? 1 "a page over another one, of a recording that was cut off"
check "$(grep -c 'it was cut off' "$work/err" "$work/page.html" | grep -c ':1$')" 2 "what is said of that"
"$T" replay "$work/tape" --export html - 2>"$work/err" </dev/null | grep -c '^</html>$' >"$work/out"
check "$(cat "$work/out")" 1 "a page through a pipe"
refused 1 "is there and is no page" replay "$work/tape" --export html "$work/text"
check "$(grep -cx "no recording" "$work/text")" 1 "a file of somebody else's, beside a page"
refused 1 "No space left on device" replay "$work/tape" --export html /dev/full
refused 1 "No such file or directory" replay "$work/tape" --export html "$work/none/page"
refused 1 "that is no recording of twintop's" replay "$work/text" --export html "$work/new"
check "$(ls "$work" | grep -cx new)" 0 "what is left where no page comes"
refused 2 "where to" replay "$work/tape" --export html
refused 2 "into a file first" replay - --export html "$work/page.html"

# What is predicted of a run, beside what was measured: where births may be missed a figure is a
# bound, and no right prediction is wrong.
cat >"$work/predicted" <<'END'
# three processes, of which two exit
processes = 3
exit_codes = 2, 3, SIGTERM # in any order
output_lines = 2
threads = 2
END
"$T" predict "$work/predicted" -- sh -c 'exec 2>/dev/null; echo a; (exit 3); sh -c "echo b; kill \$\$"; exit 2' \
  >"$work/out" 2>"$work/err" </dev/null
check $? 0 "predictions"
check "$(head -n 2 "$work/out" | tr -d '\r' | grep -cx '[ab]')" 2 "the program's own output"
check "$(grep -cE '^(processes|exit codes|lines of output) .* (right|fits)$' "$work/out")" 3 "what was predicted rightly"
check "$(grep -cE '^threads  .* (wrong|fits)$' "$work/out")" 1 "what was predicted wrongly"
"$T" predict --json "$work/predicted" -- false >"$work/out" 2>"$work/err" </dev/null
check $? 0 "predictions as JSON"
check "$(grep -c '"figure":"output_lines","predicted":2,"measured":0,"measured_is":"exact","reason":null,"verdict":"wrong"' \
  "$work/out")" 1 "a figure of it"
if [ -x "${BUILDDIR:-.}/src/demo/fork-count" ]; then
  echo "processes = 8" >"$work/predicted"
  "$T" predict -d 0.02 "$work/predicted" -- "${BUILDDIR:-.}/src/demo/fork-count" >"$work/out" 2>"$work/err" </dev/null
  check "$(grep -cE '^processes  *8  *(at least )?[1-8]  *(right|fits)$' "$work/out")" 1 "three forks"
fi
# Demos that are told to go on by Enter: their own figures. Copied pages are those of more than the
# array that the demo speaks of, and no fewer than were seen.
if [ -x "${BUILDDIR:-.}/src/demo/fork-cow" ] && [ -x "${BUILDDIR:-.}/src/demo/threads-share" ]; then
  printf 'processes = 2\nexit_codes = 0, 0\ncopied_pages = 1\n' >"$work/predicted"
  yes '' | "$T" predict -d 0.02 "$work/predicted" -- "${BUILDDIR:-.}/src/demo/fork-cow" >"$work/out" 2>"$work/err"
  check "$(grep -cE '^processes  *2  *(at least )?[12]  *(right|fits)$' "$work/out")" 1 "a parent and a child"
  check "$(grep -cE '^copied pages  *1  *(at least |about )?[1-9][0-9]*  *(wrong|fits|unknown)$' "$work/out")" 1 "what they copied"
  printf 'processes = 1\nthreads = 3\ncopied_pages = 0\n' >"$work/predicted"
  yes '' | "$T" predict -d 0.02 "$work/predicted" -- "${BUILDDIR:-.}/src/demo/threads-share" >"$work/out" 2>"$work/err"
  check "$(grep -cE '^(processes  *1|threads  *3|copied pages  *0)  *(at least |about )?[0-3]  *(right|fits)$' "$work/out")" 3 "threads copy nothing"
fi
# It reads what we were given, may leave its last line open, and is told of though it is stopped.
echo "output_lines = 2" >"$work/predicted"
printf 'a\nb' | "$T" predict "$work/predicted" -- cat >"$work/out" 2>"$work/err"
check "$(grep -cE '^(b|lines of output  *2  *2  *right)' "$work/out")" 2 "what reads its standard input"
check "$(grep -c '^PREDICTED' "$work/out")" 1 "a table behind a line that is open"
"$T" predict --json "$work/predicted" -- sh -c 'echo a; exec sleep 60' >"$work/out" 2>"$work/err" </dev/null &
predict=$!
tries=300
until grep -q a "$work/out" || [ $tries -eq 0 ]; do
  sleep 0.1
  tries=$((tries - 1))
done
kill "$predict"
wait "$predict"
check $? 143 "what was stopped"
check "$(grep -c '"figure":"output_lines","predicted":2,"measured":[01],"measured_is":"at_least"' "$work/out")" 1 "how far it came"
echo "threads = none" >"$work/predicted"
refused 2 "predicted:1: threads: give a whole number" predict "$work/predicted" -- true
refused 1 "No such file or directory" predict "$work/none" -- true
refused 1 "not found" predict -- "$work/none"
refused 2 "predict runs a program" predict

# What takes no more ends the recording, and what does nothing else with it.
mkfifo "$work/fifo"
refused 1 "start its reader first" --headless -o "$work/fifo" $$
head -c 100 <"$work/fifo" >"$work/head" &
refused 1 "whoever read it has left after" --headless -n 0 -d 0.02 -o "$work/fifo" $$
(ulimit -f 30 && exec "$T" --headless -n 0 -d 0.02 -o "$work/large" $$) 2>"$work/err" </dev/null
check $? 1 "status of one whose file may not grow"
check "$(grep -c 'File too large after' "$work/err")" 1 "what is said of that"
"$T" replay "$work/large" --json >"$work/out" 2>"$work/err" </dev/null
check $? 1 "status of what there is of it"
check "$(grep -c 'it was cut off' "$work/err")" 1 "what is said of what there is of it"
if unshare -m true 2>/dev/null; then
  mkdir "$work/disk"
  echo "mount -t tmpfs -o size=12k none $work/disk || exit 99" >"$work/fill"
  echo "exec $T --headless -n 0 -d 0.02 -o $work/disk/tape $$" >>"$work/fill"
  unshare -m sh "$work/fill" 2>"$work/err" </dev/null
  check $? 1 "status of one whose disk is full"
  check "$(grep -c 'No space left on device after' "$work/err")" 1 "what is said of a full disk"
else
  echo "skipped: a full disk (no mount namespace of our own)"
fi
"$T" --redact --headless -n 2 -d 0.02 -o "$work/tape" $sleeper 2>"$work/err" </dev/null
check $? 0 "a redacted recording"
"$T" replay "$work/tape" --json >"$work/out" 2>"$work/err" </dev/null
check "$(grep -c '"cmdline":\["argument-1","argument-2"\],"exe":"/path-1/file-1' "$work/out")" 2 "what it tells"

# Installed below another folder (DESTDIR), the demos are found beside the program.
mkdir -p "$work/stage$INSTALL_BINDIR" "$work/stage$INSTALL_DEMODIR"
cp "$T" "$work/stage$INSTALL_BINDIR/twintop"
printf '#!/bin/sh\ntouch "%s/started"\nsleep 2\n' "$work" >"$work/stage$INSTALL_DEMODIR/fork-cow"
chmod +x "$work/stage$INSTALL_DEMODIR/fork-cow"
"$work/stage$INSTALL_BINDIR/twintop" --json demo fork-cow >"$work/out" 2>"$work/err" </dev/null
check $? 0 "a demo of a staged installation"
check "$(ls "$work" | grep -cx started)" 1 "which program it starts"

# Another user's process: a line, the report of what can be read, status 1.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
  chmod 755 "$work"
  cp "$T" "$work/twintop" && chmod 755 "$work/twintop"
  nobody() {
    setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"
  }
  nobody "$work/twintop" --once $sleeper >"$work/out" 2>"$work/err" </dev/null
  check $? 1 "another user's process"
  check "$(grep -c 'not permitted to read its memory map: run as its user or with sudo' \
    "$work/err")" 1 "what is said of it"
  check "$(grep -c "$sleeper" "$work/out" | grep -vc '^0$')" 1 "its report"
  "$work/twintop" -s none --once --view memory $sleeper >"$work/out" 2>"$work/err" </dev/null
  check "$(grep -c 'needs the same user, or root' "$work/out")" 0 "advice to become root, to root"
else
  echo "skipped: another user's process needs root and setpriv"
fi

echo "cli: $passed passed, $failed failed"
[ $failed -eq 0 ]
