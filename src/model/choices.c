/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/choices.h"

#include "twintop/model/backtraces.h"
#include "twintop/model/erosion.h"
#include "twintop/model/event.h"
#include "twintop/model/file_lock.h"
#include "twintop/model/lanes.h"
#include "twintop/model/names.h"
#include "twintop/model/pair.h"
#include "twintop/model/records.h"
#include "twintop/model/symbol.h"
#include "twintop/model/thread.h"
#include "twintop/model/user_stacks.h"

static const char *name_state(unsigned i)
{
	static const char *const name[VALUE_STATES] = {
		[VALUE_FAILED] = "failed",
#define VALUE_ERROR(ERRNO, STATE, reason) [VALUE_FAILED_##STATE] = #STATE,
#include "twintop/model/value_error_rows.h"
		[VALUE_UNTOLD] = "untold",
	};

	return name[i] ? name[i] : value_state_name((enum value_state)i);
}

static const char *name_wait(unsigned i)
{
	return wait_kind_name((enum wait_kind)i);
}

static const char *name_abi(unsigned i)
{
	return i ? syscall_abi_name((enum syscall_abi)i) : "unknown";
}

static const char *name_stack(unsigned i)
{
	static const char *const name[STACK_GAPS] = {[STACK_NO_GAP] = "no_gap",
		[STACK_NONE] = "none",
		[STACK_LEFT] = "left",
		[STACK_RUNS] = "runs",
		[STACK_ELSEWHERE] = "elsewhere",
		[STACK_UNPROVEN] = "unproven",
		[STACK_UNTOLD] = "untold"};

	return name[i];
}

static const char *name_object(unsigned i)
{
	static const char *const name[MAPPING_OBJECTS] = {[MAPPING_OBJECT_PLAIN] = "plain",
		[MAPPING_OBJECT_STATED] = "stated",
		[MAPPING_OBJECT_NAMED] = "named",
		[MAPPING_OBJECT_OF_MANY] = "of_many"};

	return name[i];
}

static const char *name_origin(unsigned i)
{
	static const char *const name[MAPPING_ORIGINS] = {[ORIGIN_UNKNOWN] = "unknown",
		[ORIGIN_FILE] = "file",
		[ORIGIN_TMPFS] = "tmpfs",
		[ORIGIN_DEVTMPFS] = "devtmpfs",
		[ORIGIN_HUGETLBFS] = "hugetlbfs",
		[ORIGIN_SHMEM] = "shmem",
		[ORIGIN_HUGETLB] = "hugetlb",
		[ORIGIN_SECRET] = "secret",
		[ORIGIN_DEVICE] = "device"};

	return name[i];
}

static const char *name_mapping(unsigned i)
{
	return mapping_kind_info[i].id;
}

static const char *name_runtime(unsigned i)
{
	return runtime_id((enum runtime)i);
}

static const char *name_runtime_sign(unsigned i)
{
	return runtime_sign_id((enum runtime_sign)i);
}

static const char *name_user_stack(unsigned i)
{
	return user_stack_kind_name((enum user_stack_kind)i);
}

static const char *name_lock(unsigned i)
{
	return lock_kind_name((enum lock_kind)i);
}

static const char *name_fd(unsigned i)
{
	return fd_kind_name((enum fd_kind)i);
}

static const char *name_symbol(unsigned i)
{
	static const char *const name[SYMBOL_GAPS] = {
		[SYMBOL_NO_GAP] = "NO_GAP",
#define SYMBOL_GAP(NAME, STATE, reason) [SYMBOL_##NAME] = #NAME,
#include "twintop/model/symbol_gap_rows.h"
	};

	return name[i];
}

static const char *name_backtrace(unsigned i)
{
	static const char *const name[BACKTRACE_GAPS] = {[BACKTRACE_NO_GAP] = "no_gap",
		[BACKTRACE_HIDDEN] = "hidden",
		[BACKTRACE_RUNS] = "runs",
		[BACKTRACE_VOID] = "void",
		[BACKTRACE_LEFT] = "left",
		[BACKTRACE_NONE] = "none",
		[BACKTRACE_LATER] = "later"};

	return name[i];
}

static const char *name_means(unsigned i)
{
	return backtrace_means_name((enum backtrace_means)i);
}

static const char *name_hold(unsigned i)
{
	static const char *const name[HOLD_ENDS] = {[HOLD_NONE] = "none",
		[HOLD_DONE] = "done",
		[HOLD_DENIED] = "denied",
		[HOLD_YAMA] = "yama",
		[HOLD_FILTERED] = "filtered",
		[HOLD_TRACED] = "traced",
		[HOLD_LATE] = "late",
		[HOLD_LEFT] = "left",
		[HOLD_ABROAD] = "abroad",
		[HOLD_FAILED] = "failed"};

	return name[i];
}

static const char *name_event(unsigned i)
{
	return event_table[i].id;
}

static const char *name_row(unsigned i)
{
	return row_state_name((enum row_state)i);
}

static const char *name_mechanism(unsigned i)
{
	return mechanism_name((enum mechanism)i);
}

static const char *name_lane(unsigned i)
{
	return lane_end_name((enum lane_end)i);
}

static const char *name_erosion(unsigned i)
{
	static const char *const name[EROSION_GAPS] = {[EROSION_KNOWN] = "known",
		[EROSION_NO_PAGES] = "no_pages",
		[EROSION_ENDED] = "ended",
		[EROSION_PAST] = "past",
		[EROSION_SHORT] = "short",
		[EROSION_NOTHING] = "nothing",
		[EROSION_FEW] = "few",
		[EROSION_UNSTEADY] = "unsteady"};

	return name[i];
}

const struct choices choice_table[CHOICE_TABLES] = {
#define ENUMERATION(COUNT, most, id, name, unknown, then)                                          \
	[CHOICES_OF_##COUNT] = {id, most, name, unknown, then},
#include "twintop/model/choice_rows.h"
};
