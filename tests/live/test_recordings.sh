#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Recordings as files: what other programs read in them, what is no recording, recorders that are
# killed, and a machine on which nothing is there that was recorded.
set -u
T=${TWINTOP:?the program under test}
work=$(mktemp -d) || exit 99
chmod 755 "$work"
sleep 1000 &
sleeper=$!
trap 'exec 2>/dev/null; kill "$sleeper"; wait "$sleeper"; rm -rf "$work"' EXIT
failed=0
passed=0

check() { # got, wanted, what
  if [ "$1" = "$2" ]; then
    passed=$((passed + 1))
  else
    echo "FAILED: $3: $1, not $2" >&2
    sed 's/^/  stderr: /' "$work/err" >&2
    failed=$((failed + 1))
  fi
}

# ends_with STATUS TEXT MOMENTS FILE: what is told of the file by --json and by --once.
ends_with() {
  for how in --json --once; do
    timeout 60 "$T" replay "$4" $how >"$work/out" 2>"$work/err" </dev/null
    got=$?
    want=$1
    # The first moment of one is there, and no more is looked at.
    [ "$how" = --once ] && [ "$3" -gt 0 ] && want=any
    [ "$want" = any ] && [ $got -le 1 ] && got=any
    check $got "$want" "status of $how of $4"
    [ "$how" = --once ] || check "$(grep -c '^{"schema"' "$work/out")" "$3" "moments of $4"
    [ "$want" = any ] && continue
    # On a slow machine it is said that one waits, too.
    check "$(grep -vc ': waiting for ' "$work/err")" 1 "lines said by $how of $4"
    grep -qF -- "$2" "$work/err"
    check $? 0 "whether $how of $4 says '$2'"
  done
}

"$T" --headless -n 6 -d 0.02 -o "$work/tape" $sleeper 2>"$work/err" </dev/null
check $? 0 "a recording"
"$T" replay "$work/tape" --json >"$work/json" 2>"$work/err" </dev/null
check "$(wc -l <"$work/json")" 6 "moments of it"

# ---- what is none -----------------------------------------------------------------------------
: >"$work/empty"
mkdir "$work/folder"
head -c 300000 /dev/zero >"$work/zeros"
printf '\050\265\057\375' >"$work/magic"
# Its last eight bytes say where its index begins.
head -c "$(tail -c 8 "$work/tape" | od -An -td8 | tr -d ' ')" "$work/tape" >"$work/open"
printf 'a rubbish' | cat "$work/open" - >"$work/rubbish"
cat "$work/open" "$work/open" >"$work/twice"
none="that is no recording of twintop's"
ends_with 1 "$none" 0 "$work/empty"
ends_with 1 "Is a directory" 0 "$work/folder"
ends_with 1 "$none" 0 "$work/zeros"
ends_with 1 "$none" 0 /dev/zero
ends_with 1 "$none" 0 /dev/null
ends_with 1 "$none" 0 "$work/magic"
ends_with 1 "it was cut off" 6 "$work/open"
ends_with 1 "it is damaged" 6 "$work/rubbish"
ends_with 1 "it is damaged" 6 "$work/twice"

# Nobody writes to it: it is waited for, and the wait can be ended.
mkfifo "$work/fifo"
for how in --json --once; do
  timeout -s INT 0.3 "$T" replay "$work/fifo" $how >"$work/out" 2>"$work/err" </dev/null
  check $? 124 "a wait for a pipe that nobody writes to, by $how"
done

# One that still grows: what is there is told. Where it has grown before it is read, that is all.
size=$(stat -c %s "$work/tape")
for part in 2 3; do
  head -c $((size * (part - 1) / part)) "$work/tape" >"$work/grows"
  (sleep 0.1; tail -c +$((size * (part - 1) / part + 1)) "$work/tape" >>"$work/grows") &
  "$T" replay "$work/grows" --json >"$work/out" 2>"$work/err" </dev/null
  status=$?
  check "$(grep -c 'it was cut off' "$work/err")" $status "what is said of one that grows: status $status"
  [ $status = 1 ] || cmp -s "$work/grows" "$work/tape"
  check $? 0 "one that is read to its end is whole"
  wait $!
done

# ---- made by hand ------------------------------------------------------------------------------
if command -v zstd >/dev/null; then
  for bytes in '\377' '\277\377' '\241\141x\233\177\377\377\377\377\377\377\377' \
    '\243\145frame\000\144time\000\143key\365\241\146moment\366'; do
    {
      cat "$work/open"
      # shellcheck disable=SC2059
      printf "$bytes" | zstd -q -c
    } >"$work/hostile"
    ends_with 1 "it is damaged" 6 "$work/hostile"
  done
  # A few kilobytes that unfold to hundreds of millions of bytes.
  { cat "$work/open"; head -c 300000000 /dev/zero | zstd -q -c; } >"$work/bomb"
  ends_with 1 "it would unfold to more than can have been recorded" 6 "$work/bomb"
else
  echo "skipped: no zstd(1) to make recordings by hand with"
fi

# ---- what is kept in the tree ----------------------------------------------------------------------
# tells TAPE WORDS: how many of them are in it.
tells() {
  zstd -q -dc "${srcdir:-.}/tests/recordings/$1.twin" 2>/dev/null >"$work/unfolded"
  n=0
  for word in $2; do
    ! grep -aqF -- "$word" "$work/unfolded" || n=$((n + 1))
  done
  echo $n
}
if command -v zstd >/dev/null; then
  private="/opt/ /usr/ /lib/ x86_64-linux-gnu sp_"
  check "$(tells cow "$private")" 5 "private words of one that is not redacted"
  check "$(tells redacted "$private")" 0 "private words of one that is redacted"
  for tape in cow threads family redacted old; do
    # Recorded on a machine that is nobody's: see make.sh.
    check "$(tells $tape "-example")" 1 "the name of the kernel of $tape"
    "$T" replay "${srcdir:-.}/tests/recordings/$tape.twin" --json \
      >"$work/out" 2>"$work/err" </dev/null
    check $? 0 "replay of $tape"
  done
else
  echo "skipped: no zstd(1) to look into recordings"
fi

# ---- read by others -----------------------------------------------------------------------------
python=
for p in python3 /usr/bin/python3; do
  "$p" -c 'import cbor2' 2>/dev/null && python=$p && break
done
if [ -n "$python" ] && command -v zstd >/dev/null; then
  zstd -q -dc "$work/tape" 2>"$work/err" | "$python" "${srcdir:-.}/tests/live/decode.py" \
    "$work/json" >"$work/out" 2>>"$work/err"
  check $? 0 "what cbor2 reads"
  check "$(cat "$work/out")" "the same" "what cbor2 reads beside our own JSON"
  # Many threads are told by columns.
  "$python" -c 'import threading as t, time; [t.Thread(target=time.sleep, args=(60,), daemon=True).start() for i in range(30)]; time.sleep(60)' &
  many=$!
  n=600
  while [ "$(ls "/proc/$many/task" | wc -l)" -ne 31 ] && [ $n -gt 0 ]; do
    sleep 0.1
    n=$((n - 1))
  done
  "$T" --headless -n 4 -d 0.02 -o "$work/many" $many 2>"$work/err" </dev/null
  "$T" replay "$work/many" --json >"$work/json" 2>>"$work/err" </dev/null
  kill $many
  zstd -q -dc "$work/many" 2>>"$work/err" | "$python" "${srcdir:-.}/tests/live/decode.py" \
    "$work/json" >"$work/out" 2>>"$work/err"
  check "$(cat "$work/out")" "the same" "what cbor2 reads of many threads beside our own JSON"
else
  echo "skipped: no zstd(1), or no python3 with cbor2"
fi

# ---- killed, or told twice to end ------------------------------------------------------------------
pids=
for i in 1 2 3 4; do
  "$T" --headless -d 0.05 -o "$work/killed$i" $sleeper 2>/dev/null </dev/null &
  pids="$pids $!"
done
timeout 1.5 "$T" --headless -d 0.05 -o "$work/timeout" $sleeper 2>"$work/err" </dev/null
check $? 124 "one that timeout(1) ended"
i=0
for pid in $pids; do
  i=$((i + 1))
  n=100
  until "$T" replay "$work/killed$i" --json 2>/dev/null </dev/null | grep -q '^{"schema"' || [ $n -eq 0 ]; do
    sleep 0.2
    n=$((n - 1))
  done
  kill -9 "$pid"
  wait "$pid" 2>/dev/null
  sleep 0.1
  "$T" replay "$work/killed$i" --json >"$work/out" 2>"$work/err" </dev/null
  check $? 1 "status of one whose recorder was killed"
  check "$(grep -c 'it was cut off' "$work/err")" 1 "what is said of it"
  grep -q '^{"schema"' "$work/out"
  check $? 0 "whether one whose recorder was killed tells anything"
done
"$T" replay "$work/timeout" --json >"$work/out" 2>"$work/err" </dev/null
check $? 0 "one that timeout(1) ended is whole"

# ---- on a machine that has nothing of it ------------------------------------------------------------
libraries=$(ldd "$T" | grep -o '/[^ ]*')
if [ "$(id -u)" -ne 0 ] || ! unshare -pfm true 2>/dev/null; then
  echo "skipped: only root makes a place without processes and files"
elif echo "$libraries" | grep -q 'lib[at]san'; then
  echo "skipped: a sanitizer wants /proc"
else
  for file in $libraries; do
    mkdir -p "$work/root$(dirname "$file")"
    cp "$file" "$work/root$file"
  done
  mkdir "$work/root/proc"
  cp "$T" "$work/root/twintop"
  cp "$work/tape" "$work/root/tape"
  chmod 755 "$work/root" "$work/root/twintop"
  chmod 644 "$work/root/tape"
  for how in --json --once "--once --view memory" "--once --view threads"; do
    # shellcheck disable=SC2086
    LC_ALL=C "$T" replay $how "$work/tape" >"$work/here" 2>"$work/err" </dev/null
    check $? 0 "replay $how here"
    # shellcheck disable=SC2086
    LC_ALL=C unshare -pfm chroot --userspec=65534:65534 "$work/root" \
      /twintop replay $how /tape >"$work/there" 2>"$work/err" </dev/null
    check $? 0 "replay $how there"
    cmp "$work/here" "$work/there" >>"$work/err" 2>&1
    check $? 0 "whether $how tells the same there"
  done
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
