/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_MODULE_H
#define TWINTOP_SYMBOLS_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "twintop/model/symbol.h"
#include "unwind.h"

/*
 * One program, library or vDSO and what names its addresses: the only user of libdw. Addresses are
 * those of its program headers. A file that changes or is cut while it is open may end the process
 * that reads it by a signal.
 */
struct module;

#define MODULE_ID_MOST 64 /* bytes of a build-id; a longer one counts as none */
struct module_id {
	size_t n; /* 0: none */
	unsigned char bytes[MODULE_ID_MOST];
};

/*
 * Finds a file that goes with a module: of that build-id, or by the name of a link with that
 * checksum (of a link with a build-id: NULL, 0). Either may be missing. A descriptor or -1.
 */
struct module_finder {
	int (*find)(
		void *context, const struct module_id *id, const char *link, const uint32_t *crc);
	void *context;
};

/*
 * Takes fd over, also where it fails. The finder is used while the module is open. 0, -ENOEXEC (no
 * ELF program or library), -EBADMSG (damaged), or another negative errno.
 */
int module_open(int fd, const struct module_finder *finder, struct module **ret_module);
void module_close(struct module *m); /* NULL is fine */
const struct module_id *module_id(const struct module *m);
/*
 * The address of a byte of the file where its first mapping begins at that offset; false: no
 * segment holds it.
 */
bool module_address_of(const struct module *m, uint64_t offset, uint64_t *ret_address);

#define MODULE_FRAMES 16 /* of inlined functions: the inner ones */

/* What an address is called; texts are the module's and live until its next answer. */
struct module_name {
	enum symbol_gap gap, line_gap;
	const char *name;
	uint64_t offset;
	bool is_data;
	size_t frames;
	struct module_frame {
		const char *function, *file; /* NULL: not told */
		unsigned line;
	} frame[MODULE_FRAMES];
};
/* hurried: as in struct symbols_target. */
void module_find(struct module *m, uint64_t address, bool hurried, struct module_name *ret);

/*
 * Goes from a frame in this module's code, which is loaded bias bytes above its own addresses, to
 * the one that called it. state is changed only where it goes on; but pc is found to be no return
 * address where a signal came in. The rule is the one that it went by, at the target's addresses.
 */
enum unwind_end module_unwind(struct module *m, uint64_t bias, const struct unwind_stack *stack,
	struct unwind_state *state, struct unwind_rule *ret_rule);

/* Whether what stands before an address in its code is a call. */
bool module_calls_before(const struct module *m, uint64_t address);
/*
 * Whether a frame there may be one, bias as above: where its function keeps a frame pointer, that
 * stands as far above the stack pointer as it puts it. True where that cannot be told.
 */
bool module_fits(struct module *m, uint64_t bias, const struct unwind_state *state);
/* Whether the code at an address is a runtime's that goes from one stack to another: what its
 * caller is, tables do not say. */
bool module_switches_stack(struct module *m, uint64_t address);

/* The build-id of an ELF file, and of its begin in memory. False: there is none. */
bool module_id_of_file(int fd, struct module_id *ret_id);
bool module_id_of_memory(void *bytes, size_t size, struct module_id *ret_id);

#endif
