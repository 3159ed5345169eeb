/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What JSON and the report tell of the scene's erosion, and of who wrote its mappings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/fixtures/json_nulls.h"
#include "tests/fixtures/json_text.h"
#include "tests/fixtures/scene.h"
#include "twintop/report/report.h"

#define ARRAY "0x7f2c40000000"

static json_t *json_of(const struct scene *scene)
{
	const struct moment *m = scene_moment(scene);
	json_t *sample = json_text_read(m);

	moment_put(m);
	assert_non_null(sample);
	return sample;
}

static const json_t *erosion_of(const json_t *sample)
{
	return json_object_get(json_object_get(sample, "pair"), "erosion");
}

static double number_of(const json_t *sample, const char *name)
{
	const json_t *number = json_object_get(erosion_of(sample), name);

	assert_true(json_is_real(number));
	return json_real_value(number);
}

static void json_tells_share_rate_and_time(void **state)
{
	json_t *sample = json_of(&(const struct scene){.step = 0});

	(void)state;
	/* 83 of 92 pages; four were copied in the last four seconds. */
	assert_true(number_of(sample, "shared_share") > 0.901);
	assert_true(number_of(sample, "shared_share") < 0.903);
	assert_true(number_of(sample, "copied_bytes_per_s") > 3900);
	assert_true(number_of(sample, "copied_bytes_per_s") < 4300);
	assert_true(number_of(sample, "half_in_s") > 35 && number_of(sample, "half_in_s") < 39);
	json_decref(sample);
}

static void json_says_why_there_is_no_time(void **state)
{
	json_t *sample = json_of(&(const struct scene){.step = 5});

	(void)state;
	assert_true(json_is_null(json_object_get(erosion_of(sample), "half_in_s")));
	assert_string_equal(
		json_reason(sample, "pair.erosion.half_in_s"), "the rate is not steady");
	assert_true(number_of(sample, "copied_bytes_per_s") > 4300);
	json_decref(sample);
	sample = json_of(&(const struct scene){.step = 5, .b_killed = true});
	assert_true(number_of(sample, "shared_share") > 0.8); /* as it was then */
	assert_string_equal(
		json_reason(sample, "pair.erosion.copied_bytes_per_s"), "one of the two has ended");
	json_decref(sample);
	sample = json_of(&(const struct scene){.step = 5, .denied = true});
	assert_true(json_is_null(erosion_of(sample)));
	assert_non_null(json_reason(sample, "pair.erosion"));
	json_decref(sample);
	sample = json_of(&(const struct scene){.step = 5, .lacks = 1u << PART_PAGES});
	assert_true(json_is_null(erosion_of(sample)));
	assert_non_null(json_reason(sample, "pair.erosion"));
	json_decref(sample);
}

/* The mapping of a side that begins there. */
static const json_t *mapping_of(const json_t *sample, unsigned side, const char *start)
{
	const json_t *process = json_array_get(json_object_get(sample, "processes"), side);
	const json_t *mapping = NULL;
	size_t i;

	json_array_foreach(json_object_get(process, "mappings"), i, mapping)
	{
		if (!strcmp(json_string_value(json_object_get(mapping, "start")), start))
			return mapping;
	}
	return NULL;
}

static void json_names_the_writers_of_a_mapping(void **state)
{
	json_t *sample = json_of(&(const struct scene){.step = 7});
	const json_t *writers = json_object_get(mapping_of(sample, 1, ARRAY), "writers");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(writers, "last")), "shuffle");
	assert_string_equal(
		json_string_value(json_object_get(writers, "greatest")), "fill_row table.c:88");
	/* A wrote nothing of it. */
	assert_true(json_is_null(json_object_get(mapping_of(sample, 0, ARRAY), "writers")));
	assert_non_null(json_reason(sample, "processes[0].mappings[].writers"));
	json_decref(sample);
	sample = json_of(&(const struct scene){.step = 7, .alone = true});
	assert_string_equal(
		json_reason(sample, "processes[0].mappings[].writers"), "needs a sibling");
	json_decref(sample);
}

static void assert_reported(const struct scene *scene, const char *want)
{
	const struct moment *m = scene_moment(scene);
	struct textbuf out = {0};

	report_moment(m, NULL, false, &out);
	if (want)
		assert_non_null(strstr(out.bytes, want));
	else
		assert_null(strstr(out.bytes, "erosion:"));
	textbuf_free(&out);
	moment_put(m);
}

static void the_report_has_a_line_of_it(void **state)
{
	(void)state;
	assert_reported(&(const struct scene){.step = 0},
		"erosion: 90% left of 368K once shared, copied 4K/s over 4s; half in ~37s\n");
	assert_reported(&(const struct scene){.step = 5, .b_killed = true},
		"erosion: 85% left of 368K once shared when one of the two ended\n");
	assert_reported(&(const struct scene){.step = 5, .denied = true}, NULL);
	assert_reported(&(const struct scene){.step = 5, .alone = true}, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_tells_share_rate_and_time),
		cmocka_unit_test(json_says_why_there_is_no_time),
		cmocka_unit_test(json_names_the_writers_of_a_mapping),
		cmocka_unit_test(the_report_has_a_line_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
