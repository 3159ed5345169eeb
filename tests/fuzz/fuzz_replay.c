/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recorded files with their index and seeds, gone about in: the input is what their frames unfold
 * to, each with its length (four bytes, little-endian) before it; the last one is where the end
 * says that the index is.
 */
#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "src/record/frames.h"
#include "twintop/compare/compare.h"
#include "twintop/record/replay.h"
#include "twintop/report/json.h"

#define LEVEL	   3
#define STEPS_MOST 12u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int forget(void *context, const char *bytes, size_t len)
{
	(void)context;
	(void)bytes;
	(void)len;
	return 0;
}

static const struct pair *pair(void *context, struct snapshot *s)
{
	return comparer_pair(context, s);
}

static void reset(void *context)
{
	comparer_reset(context);
}

static int seed(void *context, const struct snapshot *s, const struct record_names *names,
	const struct text *saved)
{
	return comparer_load(context, s, names, saved);
}

static bool put_frame(ZSTD_CCtx *zstd, int fd, const uint8_t *bytes, size_t n)
{
	size_t most = ZSTD_compressBound(n), packed;
	char *room = malloc(most);
	bool put;

	packed = ZSTD_compress2(zstd, room, most, bytes, n);
	put = !ZSTD_isError(packed) && write(fd, room, packed) == (ssize_t)packed;
	free(room);
	return put;
}

/* The file of those frames; where the last one is in *ret_last. */
static bool put_all(int fd, const uint8_t *data, size_t size, uint64_t *ret_last)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	uint32_t n;
	bool put = zstd != NULL;

	ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
	while (put && size > sizeof n) {
		memcpy(&n, data, sizeof n);
		data += sizeof n;
		size -= sizeof n;
		n = le32toh(n) < size ? le32toh(n) : (uint32_t)size;
		*ret_last = (uint64_t)lseek(fd, 0, SEEK_CUR);
		put = put_frame(zstd, fd, data, n);
		data += n;
		size -= n;
	}
	ZSTD_freeCCtx(zstd);
	return put;
}

static void look(struct source *source)
{
	const struct moment *m = source_next(source);
	struct json_writer *w;

	if (!m)
		return;
	w = json_writer_new((struct json_sink){.write = forget});
	json_writer_moment(w, m);
	json_writer_free(w);
	moment_put(m);
}

static void go_about(struct source *source)
{
	struct position p;

	look(source);
	for (unsigned i = 0; i < STEPS_MOST && source_position(source, &p); i++) {
		struct seek seek = {i % 4 == 3 ? SEEK_LAST : SEEK_STEPS,
			i % 3 ? -(int64_t)(p.n / 3) : (int64_t)(p.n / 2), 0};

		source_seek(source, seek);
		look(source);
		look(source);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_end end = {htole32(FRAME_END_MAGIC), htole32(sizeof end.index_offset), 0};
	int fd = memfd_create("recording", MFD_CLOEXEC);
	struct comparer *comparer = comparer_new();
	struct recording *recording;
	struct source *source;

	if (put_all(fd, data, size, &end.index_offset)) {
		end.index_offset = htole64(end.index_offset);
		(void)!write(fd, &end, sizeof end);
	}
	lseek(fd, 0, SEEK_SET);
	if (!recording_new(fd, &recording)) {
		if (replay_new(recording, (struct replay_pairing){pair, reset, seed, comparer},
			    &source)) {
			recording_free(recording);
		} else {
			go_about(source);
			source_free(source);
		}
	}
	comparer_free(comparer);
	close(fd);
	return 0;
}
