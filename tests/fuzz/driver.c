/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replays a saved corpus through a fuzz target where libFuzzer is not linked:
 * the arguments are files or folders of files; without any it is the target's
 * own folder below $srcdir/tests/fuzz/corpus. Ends with status 0 when the
 * target survived all of them, 1 when there was nothing to replay.
 */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0, n;

	if (!f) {
		perror(path);
		return 0;
	}
	do {
		data = realloc(data, size + 65536);
		if (!data)
			abort();
		n = fread(data + size, 1, 65536, f);
		size += n;
	} while (n);
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

static unsigned replay(const char *path)
{
	struct dirent *e;
	struct stat st;
	char below[4096];
	unsigned n = 0;
	DIR *d;

	if (stat(path, &st)) {
		perror(path);
		return 0;
	}
	if (!S_ISDIR(st.st_mode))
		return replay_file(path);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(below, sizeof below, "%s/%s", path, e->d_name);
		n += replay(below);
	}
	if (d)
		closedir(d);
	return n;
}

/* fuzz_maps keeps its inputs in corpus/maps. */
static unsigned replay_own(const char *program)
{
	const char *top = getenv("srcdir"), *name = strrchr(program, '/');
	char path[4096];

	name = name ? name + 1 : program;
	if (!strncmp(name, "fuzz_", 5))
		name += 5;
	snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", top ? top : ".", name);
	return replay(path);
}

int main(int argc, char **argv)
{
	unsigned n = argc == 1 ? replay_own(argv[0]) : 0;

	for (int i = 1; i < argc; i++)
		n += replay(argv[i]);
	printf("%s: %u inputs replayed\n", argv[0], n);
	return n ? 0 : 1;
}
