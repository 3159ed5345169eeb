#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make.sh BUILD [DEMO…] - records, as root, what the golden screens are drawn from: specimens of the build
# folder in /opt/example on a host named example, whose kernel calls itself 6.0.0-example, each at
# the same addresses whenever it is made. They are drawn anew then: golden --update.
# With names of demos only those are recorded, for their pictures.
# old.twin is not made: it is a recording of an earlier minor version (0), as cow.twin was then.
set -eu
if [ "${1-}" ]; then
  build=$(cd "$1" && pwd)
  here=$(cd "$(dirname "$0")" && pwd)
  shift
  for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    [ "$fd" -le 2 ] || eval "exec $fd>&-"
  done
  # The script is process 1 there, which is nobody's relative.
  exec unshare -u -i -n -m -C -p -f --mount-proc setsid sh -ec '
    hostname example
    ip link set lo up
    mount -t tmpfs none /opt
    mkdir /opt/example /opt/build /opt/here
    mount --bind "$1" /opt/build
    mount --bind "$2" /opt/here
    cd /opt/example
    cp /opt/here/make.sh make
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "only=$3" setarch -R ./make 9>&2 >log 2>&1 <log' \
    sh "$build" "$here" "$*"
fi
trap '[ $? -eq 0 ] || cat log >&9' EXIT

# What the recorder is told of the kernel.
cc -shared -fPIC -o /opt/uname.so -x c - <<'EOF'
#define _GNU_SOURCE
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

int uname(struct utsname *name)
{
	long error = syscall(SYS_uname, name);

	strcpy(name->release, "6.0.0-example");
	return (int)error;
}
EOF

# record NAME SPECIMEN ARGS: it runs, and takes commands by say; options: of the recorder.
options=
record() {
  cp "/opt/build/tests/specimens/$2" "$1"
  mkfifo in
  name=$1
  shift 2
  "./$name" "$@" <in >out 9>&- &
  exec 3>in
  until pid=$(sed -n '1s/.*pid=\([0-9]*\).*/\1/p' out) && [ "$pid" ]; do sleep 0.1; done
  # shellcheck disable=SC2086
  LD_PRELOAD=/opt/uname.so /opt/build/src/twintop --headless -n 0 -d "$delay" $options \
    -o "$name.twin" "$pid" 9>&- &
  recorder=$!
  sleep 1
}
say() {
  echo "$1" >&3
  sleep 0.3
}
# over [TAPE]: it ends; by the program's name, unless it is given.
over() {
  kill "$recorder"
  wait "$recorder" || true
  exec 3>&-
  rm in
  keep "$name" "${1-$name}"
}
# keep NAME TAPE: the recording NAME.twin, for the tests.
keep() {
  # Nothing of this machine is in it, nor what --redact is to leave out.
  words=$(uname -r)
  [ -z "$options" ] || words="/opt /usr /lib /dev/pts /tmp linux-gnu sp_ ./std"
  for word in $words; do
    ! zstd -qdc "$1.twin" 2>/dev/null | grep -aqF -- "$word" || {
      echo "$1.twin tells of $word"
      exit 1
    }
  done
  chmod 644 "$1.twin"
  cp "$1.twin" "/opt/here/$2.twin"
}
# demo NAME STEPS [SECONDS]: so many steps of a demo, which a screen lets go on, each after a while.
demo() {
  case " ${only:-$1} " in *" $1 "*) ;; *) return 0 ;; esac
  cp "/opt/build/src/demo/$1" "$1"
  {
    sleep 1
    for _ in $(seq "$2"); do
      printf '\r'
      sleep "${3-1.2}"
    done
    printf q
    sleep 1
  } | TERM=xterm LD_PRELOAD=/opt/uname.so script -qec "stty cols 80 rows 24
    exec /opt/build/src/twintop -d 0.4 -o demo-$1.twin -- env -u LD_PRELOAD ./$1" screen 9>&-
  keep "demo-$1" "demo-$1"
}

# What tests are held against, unless demos alone are asked for.
specimens() {
  delay=0.2
  record cow sp_cow anon 64
  say fork
  say "B w 0 3"
  say "B w 3 9"
  say "A w 40 4"
  say "B w 12 20"
  say end
  sleep 0.5
  over

  record threads sp_threads
  say spin
  sleep 0.7
  say rest
  over

  record lanes sp_duty
  say "brief 3"
  say "cycle 12"
  say "cycle 12"
  sleep 2.5
  say "cycle 12"
  over

  record family sp_family
  sleep 0.5
  say orphan
  kill -USR1 "$(pgrep -P "$pid" | head -1)"
  sleep 0.5
  over
}
[ "${only-}" ] || specimens

# Up to where there is most to be seen; those of the tests are short.
demo deadlock 1
demo philosophers 1
demo producer-consumer 2
demo cond-lost 1
demo pipe-eof 1
demo user-threads 2 3
demo cpu-io 2
demo false-sharing 2
demo fork-cow 6
demo writers 2
demo prefork 4
demo fork-exec 3
demo fork-count 4
demo stdio-dup 5
demo zombie-orphan 3
demo vfork 2
demo threads-share 6
demo stack-growth 3
demo race 3
demo clone-spectrum 5
demo switch-cost 5
demo fork-with-threads 3
demo signals 5
demo shared-memory 5
demo mapped-file 4
demo libraries 3
demo fd-offset 3
demo pipe 2
demo socketpair 3
demo cloexec-leak 2
demo crash 1

[ -z "${only-}" ] || exit 0
options=--redact
record channels sp_channels
over redacted
