/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording that is written as a page. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"
#include "twintop/base/io.h"
#include "twintop/base/privilege.h"
#include "twintop/record/recording.h"
#include "twintop/screen/sheets.h"

#define NONCE_WORDS 4 /* of 32 bits */
#define NONCE_ROOM  (NONCE_WORDS * 8 + 1)

/* Hexadecimal digits that nobody could know before; 0 or negative errno. */
static int make_nonce(char ret[NONCE_ROOM])
{
	uint32_t word[NONCE_WORDS];

	if (getrandom(word, sizeof word, 0) != sizeof word)
		return errno ? -errno : -EIO;
	for (size_t i = 0; i < NONCE_WORDS; i++)
		snprintf(ret + i * 8, 9, "%08x", (unsigned)word[i]);
	return 0;
}

/* Another file than a page of ours, or an empty one, is none of ours to write over. */
static bool is_ours(int fd)
{
	char begin[sizeof PAGE_BEGIN - 1];
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size == 0)
		return true;
	return pread(fd, begin, sizeof begin, 0) == sizeof begin &&
	       !memcmp(begin, PAGE_BEGIN, sizeof begin);
}

static int fail_page(const char *path, const char *why)
{
	struct textbuf shown = {0};

	text_printable(&shown, text_of(path));
	fail(STATUS_TARGET, "page %s: %s", shown.len ? shown.bytes : "''", why);
	textbuf_free(&shown);
	return STATUS_TARGET;
}

/* The open file, or -1 with why not. */
static int open_page(const char *path, const char **ret_why)
{
	int fd;

	if (privilege_raised()) {
		*ret_why = "twintop has rights beyond yours and writes no files with them";
		return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
	if (fd < 0) {
		*ret_why = strerror(errno);
		return -1;
	}
	if (is_ours(fd))
		return fd;
	*ret_why = "that file is there and is no page of twintop's: choose another name";
	close(fd);
	return -1;
}

static bool is_file(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

/* An empty file that is there for a page that does not come goes. */
static void drop_file(const char *path, int fd)
{
	struct stat st;

	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size == 0)
		unlink(path);
	close(fd);
}

/* Half a page is none. */
static int write_file(const char *path, int fd, const struct textbuf *page)
{
	bool file = is_file(fd);
	int error = file && ftruncate(fd, 0) ? -errno : 0;

	if (!error)
		error = io_write(fd, page->bytes, page->len);
	if (close(fd) && !error)
		error = -errno;
	if (error && file)
		unlink(path);
	return error ? fail_page(path, strerror(-error)) : STATUS_OK;
}

static int write_page(const char *path, int fd, const struct textbuf *page)
{
	int error;

	if (fd >= 0)
		return write_file(path, fd, page);
	error = write_out(page);
	return error ? write_status(error) : STATUS_OK;
}

int run_export(struct session *s, const struct recording *recording)
{
	const char *path = s->options.page, *why = NULL;
	bool out = recording_is_stream(path);
	const struct sheets_about about = {
		.name = text_basename(text_of(s->options.recording)).bytes,
		.host = recording_host(recording),
		.redacted = recording_is_redacted(recording),
		.ascii = s->options.ascii};
	struct textbuf page = {0};
	char nonce[NONCE_ROOM];
	int fd = out ? -1 : open_page(path, &why), error, status;

	if (why)
		return fail_page(path, why);
	error = make_nonce(nonce);
	if (!error)
		error = sheets_write(s->source, &about, SHEETS_BOUNDS, nonce, &page);
	if (!error) {
		status = write_page(path, fd, &page);
	} else {
		status = recording_fail(s->options.recording, strerror(-error));
		if (fd >= 0)
			drop_file(path, fd);
	}
	textbuf_free(&page);
	return status;
}
