/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of predictions: whatever they hold, they are read or refused in one printable line. */
#include <stdint.h>
#include <stdlib.h>

#include "twintop/report/predict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const struct textbuf *complaint)
{
	for (size_t i = 0; i < complaint->len; i++)
		if ((unsigned char)complaint->bytes[i] < 0x20)
			abort();
	if (!complaint->len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct amounts amounts, none = {0};
	struct textbuf out = {0};
	char *program[] = {NULL};

	if (amounts_parse((struct text){(const char *)data, size}, &amounts, &out)) {
		check_line(&out);
	} else {
		if (amounts.of[FIGURE_EXITS].exit.n > EXIT_MOST)
			abort();
		/* What is held against itself is right. */
		for (enum figure i = 0; i < FIGURES; i++)
			if (amounts.of[i].bound &&
				figure_judge(i, &amounts.of[i], &amounts.of[i]) != PREDICTED_RIGHT)
				abort();
		amounts_text(&amounts, &none, &out);
		amounts_json(&none, &amounts, program, &out);
		amounts_free(&amounts);
	}
	textbuf_free(&out);
	return 0;
}
