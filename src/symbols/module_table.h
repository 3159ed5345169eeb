/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_MODULE_TABLE_H
#define TWINTOP_SYMBOLS_MODULE_TABLE_H

#include <elfutils/libdwfl.h>

#include "module.h"

/*
 * The symbols of a module by their addresses: libdwfl goes through all of them for each address.
 * Names are the module's.
 */
struct module_table;
/* Never fails, and may be empty. */
struct module_table *module_table_open(Dwfl_Module *it);
void module_table_close(struct module_table *t); /* NULL is fine */
/* Sets name and offset of what covers the address; is_data is set. False: nothing does. */
bool module_table_find(struct module_table *t, uint64_t address, struct module_name *ret);

#endif
