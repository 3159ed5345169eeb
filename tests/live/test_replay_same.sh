#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that people run are told and recorded in one go: what the recording tells, as JSON and as
# text, is what was told alive, to the byte.
set -u
T=${TWINTOP:?the program under test}
work=$(mktemp -d) || exit 99
failed=0
passed=0
started=
cluster=
trap 'exec 2>/dev/null; kill $started; wait; rm -rf "$work" "$cluster"' EXIT

fails() {
  echo "FAILED: $*" >&2
  sed 's/^/  stderr: /' "$work/err" >&2
  failed=$((failed + 1))
}

# same NAME WORD PID...: as lines and as text; WORD is in what is told, so that there was something.
same() {
  name=$1 word=$2
  shift 2
  for how in "--json -n 12 -d 0.05" --once; do
    # shellcheck disable=SC2086
    "$T" $how -o "$work/tape" "$@" >"$work/live" 2>"$work/err" </dev/null
    live=$?
    "$T" replay "${how%% *}" "$work/tape" >"$work/replayed" 2>>"$work/err" </dev/null
    replayed=$?
    if [ $live -ne 0 ] || [ $replayed -ne 0 ] || ! cmp "$work/live" "$work/replayed" >>"$work/err"; then
      fails "${how%% *} of $name: $live alive, $replayed replayed"
    elif ! grep -qF -- "$word" "$work/live"; then
      fails "${how%% *} of $name does not tell of $word"
    else
      passed=$((passed + 1))
    fi
  done
}

# told FILE: its first line, once it is there.
told() {
  tries=0
  until [ -s "$1" ] || [ $tries -eq 200 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
  head -n 1 "$1"
}

# ---- a shell that runs programs one after the other ----------------------------------------------
sh -c 'while :; do sleep 0.04; done' &
started="$started $!"
same "a shell" sleep $!

# ---- python3 whose child writes what it was given, and a demo, step by step -----------------------
python=
for p in /usr/bin/python3 python3; do
  "$p" -c 'import os, socket' 2>/dev/null && python=$p && break
done
if [ -n "$python" ]; then
  # Its own process stays the one that was started, whatever stands before it in the path.
  "$python" -c '
import os, time, sys
pages = [bytearray(4096) for i in range(2000)]
parent = os.getpid()
child = os.fork()
if child:
    print(parent, child, flush=True)
at = 0
while os.getppid() == parent or child:
    at = (at + 1) % len(pages)
    pages[at][0] = at % 256
    time.sleep(0.002)
' >"$work/python" &
  started="$started $!"
  # shellcheck disable=SC2046
  set -- $(told "$work/python")
  started="$started $*"
  same python3 python "$1"
  "$python" -c '
import os, socket, subprocess, sys, time
ours, its = socket.socketpair()
demo = subprocess.Popen([sys.argv[1]], pass_fds=[its.fileno()], stdout=subprocess.DEVNULL,
                        env={"TWINTOP_STEPS": str(its.fileno())})
its.close()
print(demo.pid, flush=True)
for step in range(6):
    time.sleep(0.1)
    ours.send(b"\n")
demo.wait()
' "${BUILDDIR:?}/src/demo/writers" >"$work/demo" &
  started="$started $!"
  same "a demo" writers "$(told "$work/demo")"
else
  echo "skipped: there is no python3"
fi

# ---- redis that saves in the background --------------------------------------------------------------
if command -v redis-server >/dev/null && command -v redis-cli >/dev/null; then
  say() { redis-cli -s "$work/socket" "$@" >"$work/answer" 2>&1; }
  # shellcheck disable=SC2016
  fill='for i = 1, 4000 do redis.call("SET", "key" .. i, string.rep("x", 1400)) end'
  (cd "$work" && exec redis-server --port 0 --unixsocket "$work/socket" --save '') >/dev/null 2>&1 &
  server=$!
  started="$started $server"
  tries=0
  until say ping || [ $tries -eq 200 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
  say eval "$fill" 0
  say config set rdb-key-save-delay 1000
  say bgsave
  (while say eval "$fill" 0; do :; done) &
  same "redis during BGSAVE" redis-rdb-bgsave $server
  kill $server
  wait $server 2>/dev/null
else
  echo "skipped: there is no redis-server with redis-cli"
fi

# ---- two of postgres' backends, of which one waits for the other -----------------------------------
# initdb lies beside the servers, which a path need not lead to, and takes nobody who is root.
user=
[ "$(id -u)" -ne 0 ] || user="setpriv --reuid 65534 --regid 65534 --clear-groups"
bin=$(command -v initdb || find /usr/lib/postgresql -name initdb 2>/dev/null | sort | tail -n 1)
bin=$(dirname "$(readlink -f "${bin:-/}")")
make_cluster() {
  cluster=$(mktemp -d) && { [ -z "$user" ] || chown 65534:65534 "$cluster"; } &&
    $user "$bin/initdb" -D "$cluster/data" -A trust -U postgres -N --locale=C >"$work/initdb" 2>&1
}
if [ -x "$bin/initdb" ] && [ -x "$bin/psql" ] && make_cluster; then
  ask() { "$bin/psql" -h "$cluster" -U postgres -qAtc "$1" 2>>"$work/psql"; }
  # backend EVENT: what waits for that, once it does.
  backend() {
    tries=0
    until ask "select pid from pg_stat_activity where wait_event = '$1'" >"$work/pid" &&
      [ -s "$work/pid" ] || [ $tries -eq 200 ]; do
      sleep 0.1
      tries=$((tries + 1))
    done
    cat "$work/pid"
  }
  # shellcheck disable=SC2086
  $user "$bin/postgres" -D "$cluster/data" -c listen_addresses= -c "unix_socket_directories=$cluster" \
    -c fsync=off >"$work/postgres" 2>&1 &
  server=$!
  started="$started $server"
  tries=0
  until ask "select 1" >"$work/answer" || [ $tries -eq 200 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  ask "select pg_advisory_lock(10), pg_sleep(600)" >"$work/answer" &
  holder=$(backend PgSleep)
  ask "select pg_advisory_lock(10)" >"$work/answer" &
  same "postgres' backends" "SELECT waiting" "$holder" "$(backend advisory)"
  kill -QUIT $server
  wait $server 2>/dev/null
else
  echo "skipped: no postgres can be set up here: $(tail -n 1 "$work/initdb" 2>/dev/null)"
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
