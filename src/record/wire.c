/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/wire.h"

#include <cbor.h>
#include <endian.h>
#include <string.h>

#define ITEM_MOST	 9u  /* bytes of an item's head */
#define SHORT_MOST	 24u /* of so small a number the head is the item */
#define DEPTH_MOST	 64u /* of what is skipped */
#define TAG_EMBEDDED	 24u /* RFC 8949: bytes that are an item themselves */
#define TAG_LITTLE_WORDS 71u /* RFC 8746: uint64 in little-endian order */

/* ---- writing ------------------------------------------------------------- */

/* Room for an item's head at the end of the buffer, which grows by what was made there. */
static unsigned char *head(struct textbuf *out)
{
	static const char none[ITEM_MOST];

	textbuf_add(out, none, sizeof none);
	return (unsigned char *)out->bytes + out->len - sizeof none;
}

static void keep(struct textbuf *out, size_t n)
{
	out->len -= ITEM_MOST - n;
	out->bytes[out->len] = 0;
}

void wire_put_uint(struct textbuf *out, uint64_t value)
{
	const char byte = (char)value;

	if (value < SHORT_MOST)
		textbuf_add(out, &byte, 1);
	else
		keep(out, cbor_encode_uint(value, head(out), ITEM_MOST));
}

void wire_put_int(struct textbuf *out, int64_t value)
{
	if (value >= 0)
		wire_put_uint(out, (uint64_t)value);
	else
		keep(out, cbor_encode_negint((uint64_t)(-1 - value), head(out), ITEM_MOST));
}

void wire_put_bool(struct textbuf *out, bool value)
{
	keep(out, cbor_encode_bool(value, head(out), ITEM_MOST));
}

void wire_put_real(struct textbuf *out, double value)
{
	keep(out, cbor_encode_double(value, head(out), ITEM_MOST));
}

void wire_put_null(struct textbuf *out)
{
	keep(out, cbor_encode_null(head(out), ITEM_MOST));
}

void wire_put_bytes(struct textbuf *out, const void *bytes, size_t n)
{
	keep(out, cbor_encode_bytestring_start(n, head(out), ITEM_MOST));
	textbuf_add(out, bytes, n);
}

void wire_put_string(struct textbuf *out, const char *utf8)
{
	if (!utf8) {
		wire_put_null(out);
		return;
	}
	keep(out, cbor_encode_string_start(strlen(utf8), head(out), ITEM_MOST));
	textbuf_adds(out, utf8);
}

void wire_put_words(struct textbuf *out, const uint64_t *word, size_t n)
{
	keep(out, cbor_encode_tag(TAG_LITTLE_WORDS, head(out), ITEM_MOST));
	keep(out, cbor_encode_bytestring_start(n * sizeof *word, head(out), ITEM_MOST));
	for (size_t i = 0; i < n; i++) {
		uint64_t little = htole64(word[i]);

		textbuf_add(out, (const char *)&little, sizeof little);
	}
}

void wire_put_embedded(struct textbuf *out, const char *bytes, size_t n)
{
	keep(out, cbor_encode_tag(TAG_EMBEDDED, head(out), ITEM_MOST));
	wire_put_bytes(out, bytes, n);
}

void wire_put_array(struct textbuf *out, size_t n)
{
	keep(out, cbor_encode_array_start(n, head(out), ITEM_MOST));
}

void wire_put_map(struct textbuf *out, size_t n)
{
	keep(out, cbor_encode_map_start(n, head(out), ITEM_MOST));
}

void wire_begin_array(struct textbuf *out)
{
	keep(out, cbor_encode_indef_array_start(head(out), ITEM_MOST));
}

void wire_end_array(struct textbuf *out)
{
	keep(out, cbor_encode_break(head(out), ITEM_MOST));
}

/* ---- reading ------------------------------------------------------------- */

static void note(void *context, enum wire_kind kind, uint64_t number)
{
	*(struct wire_item *)context = (struct wire_item){.kind = kind, .number = number};
}

#define ON_NUMBER(name, type, kind)                                                                \
	static void on_##name(void *context, type number)                                          \
	{                                                                                          \
		note(context, kind, number);                                                       \
	}
ON_NUMBER(uint8, uint8_t, WIRE_UINT)
ON_NUMBER(uint16, uint16_t, WIRE_UINT)
ON_NUMBER(uint32, uint32_t, WIRE_UINT)
ON_NUMBER(uint64, uint64_t, WIRE_UINT)
ON_NUMBER(negint8, uint8_t, WIRE_NEGATIVE)
ON_NUMBER(negint16, uint16_t, WIRE_NEGATIVE)
ON_NUMBER(negint32, uint32_t, WIRE_NEGATIVE)
ON_NUMBER(negint64, uint64_t, WIRE_NEGATIVE)
ON_NUMBER(boolean, bool, WIRE_BOOL)
ON_NUMBER(array, size_t, WIRE_ARRAY)
ON_NUMBER(map, size_t, WIRE_MAP)
ON_NUMBER(tag, uint64_t, WIRE_TAG)

static void on_double(void *context, double real)
{
	*(struct wire_item *)context = (struct wire_item){.kind = WIRE_REAL, .real = real};
}

static void on_float(void *context, float real)
{
	on_double(context, (double)real);
}

static void on_null(void *context)
{
	note(context, WIRE_NULL, 0);
}

static void on_break(void *context)
{
	note(context, WIRE_BREAK, 0);
}

static void on_open_array(void *context)
{
	note(context, WIRE_ARRAY_OPEN, 0);
}

static void on_bad(void *context)
{
	note(context, WIRE_BAD, 0);
}

static void on_bytes(void *context, cbor_data bytes, size_t n)
{
	*(struct wire_item *)context =
		(struct wire_item){.kind = WIRE_BYTES, .number = n, .bytes = (const char *)bytes};
}

static void on_string(void *context, cbor_data bytes, size_t n)
{
	*(struct wire_item *)context =
		(struct wire_item){.kind = WIRE_STRING, .number = n, .bytes = (const char *)bytes};
}

static const struct cbor_callbacks callbacks = {
	.uint8 = on_uint8,
	.uint16 = on_uint16,
	.uint32 = on_uint32,
	.uint64 = on_uint64,
	.negint8 = on_negint8,
	.negint16 = on_negint16,
	.negint32 = on_negint32,
	.negint64 = on_negint64,
	.byte_string_start = on_bad,
	.byte_string = on_bytes,
	.string = on_string,
	.string_start = on_bad,
	.indef_array_start = on_open_array,
	.array_start = on_array,
	.indef_map_start = on_bad,
	.map_start = on_map,
	.tag = on_tag,
	.float2 = on_float,
	.float4 = on_float,
	.float8 = on_double,
	.undefined = on_bad,
	.null = on_null,
	.boolean = on_boolean,
	.indef_break = on_break,
};

/* Most items are of one byte, which need no library to be told apart. */
static enum wire_kind short_kind(unsigned char head)
{
	static const enum wire_kind kind[8] = {
		[0] = WIRE_UINT, [1] = WIRE_NEGATIVE, [4] = WIRE_ARRAY};

	return head % 32 < SHORT_MOST ? kind[head / 32] : WIRE_END;
}

struct wire_item wire_next(struct wire_in *in)
{
	struct wire_item item = {.kind = WIRE_BAD};
	struct cbor_decoder_result result;
	enum wire_kind kind;

	if (in->at == in->n)
		return (struct wire_item){.kind = WIRE_END};
	kind = short_kind((unsigned char)in->bytes[in->at]);
	if (kind)
		return (struct wire_item){
			.kind = kind, .number = (unsigned char)in->bytes[in->at++] % 32};
	result = cbor_stream_decode(
		(cbor_data)in->bytes + in->at, in->n - in->at, &callbacks, &item);
	if (result.status != CBOR_DECODER_FINISHED || item.kind == WIRE_BAD)
		return (struct wire_item){.kind = WIRE_BAD};
	in->at += result.read;
	return item;
}

enum wire_kind wire_peek(const struct wire_in *in)
{
	struct wire_in copy = *in;

	return wire_next(&copy).kind;
}

static bool skip(struct wire_in *in, unsigned depth)
{
	struct wire_item item = wire_next(in);
	uint64_t items = 0;

	if (depth > DEPTH_MOST)
		return false;
	switch (item.kind) {
	case WIRE_END:
	case WIRE_BAD:
	case WIRE_BREAK:
		return false;
	case WIRE_ARRAY_OPEN:
		while (wire_peek(in) != WIRE_BREAK)
			if (!skip(in, depth + 1))
				return false;
		wire_next(in);
		return true;
	case WIRE_TAG:
		items = 1;
		break;
	case WIRE_ARRAY:
	case WIRE_MAP:
		/* Each takes a byte at least. */
		if (item.number > in->n - in->at)
			return false;
		items = item.kind == WIRE_MAP ? 2 * item.number : item.number;
		break;
	default:
		break;
	}
	for (uint64_t i = 0; i < items; i++)
		if (!skip(in, depth + 1))
			return false;
	return true;
}

bool wire_skip(struct wire_in *in)
{
	return skip(in, 0);
}

/* The bytes of a typed array. */
static struct wire_item next_words(struct wire_in *in)
{
	struct wire_item tag = wire_next(in), bytes = {.kind = WIRE_BAD};

	if (tag.kind == WIRE_TAG && tag.number == TAG_LITTLE_WORDS)
		bytes = wire_next(in);
	if (bytes.kind != WIRE_BYTES || bytes.number % sizeof(uint64_t))
		bytes.kind = WIRE_BAD;
	return bytes;
}

ptrdiff_t wire_words_n(const struct wire_in *in)
{
	struct wire_in copy = *in;
	struct wire_item bytes = next_words(&copy);

	return bytes.kind == WIRE_BAD ? -1 : (ptrdiff_t)(bytes.number / sizeof(uint64_t));
}

ptrdiff_t wire_words(struct wire_in *in, uint64_t *word, size_t room)
{
	struct wire_item bytes = next_words(in);
	size_t n = bytes.number / sizeof *word;

	if (bytes.kind == WIRE_BAD || n > room)
		return -1;
	for (size_t i = 0; i < n; i++) {
		memcpy(&word[i], bytes.bytes + i * sizeof *word, sizeof *word);
		word[i] = le64toh(word[i]);
	}
	return (ptrdiff_t)n;
}
