/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_BLOCKED_CXX_H
#define TESTS_LIVE_BLOCKED_CXX_H

/* A test: frames that C++ made, and the same as elfutils finds them in the process, which it stops.
 * As built with its debug information, and stripped beside a file that holds it. */
void blocked_cxx_beside_elfutils(void **state);
/* A test: the same of what clang built, which lays its debug information out elsewise. */
void blocked_cxx_in_namespaces_of_llvm(void **state);

#endif
