#!/bin/sh
# The family and who copied its pages, where PIDs count by themselves and /proc is of that namespace.
set -u
[ "$(id -u)" -eq 0 ] || { echo "skipped: only root has PID namespaces made here"; exit 77; }
unshare -pfm --mount-proc true 2>/dev/null ||
  { echo "skipped: no PID namespace with a /proc of its own can be made here"; exit 77; }
failed=0
for test in test_family test_prefork test_undisturbed test_writers; do
  echo "$test"
  # Not as process 1, whose children are nobody's workers.
  unshare -pfm --kill-child --mount-proc sh -c '"$0"; exit $?' "${BUILDDIR:?}/tests/live/$test" || {
    echo "[  FAILED  ] $test, in a namespace of its own"
    failed=1
  }
done
exit $failed
