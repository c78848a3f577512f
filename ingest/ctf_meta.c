/*
 * The metadata file of a CTF 1.8 trace: packets of text or plain text, in TSDL (CTF 1.8.3, sections
 * 7.1 and C). A library gets it only after it was unpacked, cut behind its last whole block and
 * bounded: a bison grammar recurses with every brace, and an array of 2^31 elements is allocated
 * before its first element is read.
 */
#include "ingest/ctf_meta.h"
#include "ingest/mapped.h"

#include <stdlib.h>
#include <string.h>

enum {
	PACKET_HEAD = 37,
	CONTENT_AT = 24,
	PACKET_AT = 28,
	SCHEMES_AT = 32, /* compression, encryption, checksum */
	VERSION_AT = 35,
	TEXT_MAX = 64 << 20,
	DEPTH_MAX = 48,
	ARRAY_MAX = 1 << 16,
};

uint64_t hu_ctf_number(const char *at, uint32_t bytes, bool big_endian)
{
	const unsigned char *from = (const unsigned char *)at;
	uint64_t value = 0;

	for (uint32_t i = 0; i < bytes; i++)
		value = value << 8 | from[big_endian ? i : bytes - 1 - i];
	return value;
}

static bool begins_with_magic(struct hu_str head, bool *big_endian)
{
	for (int big = 0; big < 2 && head.len >= 4; big++)
		if (hu_ctf_number(head.at, 4, big) == HU_CTF_METADATA_MAGIC) {
			*big_endian = big;
			return true;
		}
	return false;
}

/* RFC 7464: each text of the sequence has a record separator in front; the first is the preamble.
 */
static bool is_json(struct hu_str head)
{
	return head.len && head.at[0] == '\x1e' && hu_str_find(head, "\"preamble\"") >= 0;
}

bool hu_ctf_meta_begins(struct hu_str head)
{
	bool big_endian;

	return begins_with_magic(head, &big_endian) || hu_str_starts(head, "/* CTF 1.") ||
	       is_json(head);
}

/* The text out of its packets; what does not look like one ends it. */
static struct hu_err *unwrap(struct hu_str from, bool big_endian, struct hu_ctf_meta *meta)
{
	while (from.len) {
		bool sound = from.len >= PACKET_HEAD &&
			     hu_ctf_number(from.at, 4, big_endian) == HU_CTF_METADATA_MAGIC;
		uint64_t content =
			sound ? hu_ctf_number(from.at + CONTENT_AT, 4, big_endian) / 8 : 0;
		uint64_t size = sound ? hu_ctf_number(from.at + PACKET_AT, 4, big_endian) / 8 : 0;
		if (sound && (from.at[SCHEMES_AT] || from.at[SCHEMES_AT + 1]))
			return hu_err(
				HU_ERR_UNSUPPORTED,
				"its metadata is compressed or encrypted, which no tracer does");
		if (sound && from.at[VERSION_AT] != 1)
			return hu_err(HU_ERR_UNSUPPORTED, "its metadata is of CTF version %d",
				      from.at[VERSION_AT]);
		if (content < PACKET_HEAD || size < content) {
			hu_out_printf(&meta->damage,
				      "the metadata's last %zu bytes are no packet of metadata",
				      from.len);
			return NULL;
		}
		if (size > from.len)
			hu_out_puts(&meta->damage, "the metadata is cut in a packet");
		if (content > from.len)
			content = from.len;
		hu_out_bytes(&meta->text, from.at + PACKET_HEAD, (size_t)content - PACKET_HEAD);
		from = hu_str_skip(from, size);
	}
	return NULL;
}

/* How far the text can be believed: behind the last ";" outside all braces. */
struct extent {
	size_t end;
	bool deep, wide, odd;
};

static size_t skip_string(const char *at, size_t i, size_t len)
{
	char quote = at[i++];

	while (i < len && at[i] != quote)
		i += at[i] == '\\' ? 2 : 1;
	return i;
}

static size_t skip_comment(const char *at, size_t i, size_t len)
{
	const char *end = at[i + 1] == '/' ? "\n" : "*/";
	ptrdiff_t found = hu_str_find((struct hu_str){at + i + 2, len - i - 2}, end);

	return found < 0 ? len : i + 1 + (size_t)found + strlen(end);
}

static struct extent measure(struct hu_str text)
{
	struct extent extent = {0};
	size_t depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (c == '"') {
			i = skip_string(text.at, i, text.len);
		} else if (c == '/' && i + 1 < text.len &&
			   (text.at[i + 1] == '*' || text.at[i + 1] == '/')) {
			i = skip_comment(text.at, i, text.len);
		} else if (c == '{' || c == '(' || c == '<') {
			extent.deep |= ++depth > DEPTH_MAX;
		} else if (c == '}' || c == ')' || c == '>') {
			extent.odd |= !depth;
			depth -= !!depth;
		} else if (c == '[') {
			uint64_t count = 0;
			while (++i < text.len && text.at[i] >= '0' && text.at[i] <= '9' &&
			       count <= ARRAY_MAX)
				count = count * 10 + (uint64_t)(text.at[i] - '0');
			extent.wide |= count > ARRAY_MAX;
			i -= i < text.len;
		} else if (c == ';' && !depth) {
			extent.end = i + 1;
		} else {
			extent.odd |= !c || (unsigned char)c >= 0x80;
		}
		if (extent.deep || extent.odd || extent.wide)
			break;
	}
	return extent;
}

/* Is it only blanks and comments? */
static bool is_empty(struct hu_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '/' && i + 1 < text.len)
			i = skip_comment(text.at, i, text.len);
		else if (text.at[i] && !strchr(" \t\r\n", text.at[i]))
			return false;
	}
	return true;
}

static struct hu_err *bound(struct hu_ctf_meta *meta)
{
	struct extent extent = measure(hu_out_view(&meta->text));

	if (extent.deep)
		return hu_err(HU_ERR_UNSUPPORTED,
			      "its metadata has blocks nested more than %d deep", DEPTH_MAX);
	if (extent.wide)
		return hu_err(HU_ERR_UNSUPPORTED,
			      "its metadata has arrays of more than %d elements", ARRAY_MAX);
	struct hu_str left = hu_str_skip(hu_out_view(&meta->text), extent.end);
	if (!is_empty(left) && !meta->damage.len)
		hu_out_printf(&meta->damage,
			      "the metadata breaks off or is damaged %zu bytes before its end",
			      left.len);
	if (!extent.end)
		return hu_err(HU_ERR_BAD_INPUT, "its metadata has no whole block in it");
	meta->text.len = extent.end;
	meta->text.at[extent.end] = '\0';
	return NULL;
}

struct hu_err *hu_ctf_meta_open(const char *path, struct hu_ctf_meta *ret)
{
	HU_CLEANUP(hu_mapped_close) struct hu_mapped file = {0};
	struct hu_err *err = hu_mapped_open(path, &file);
	bool big_endian;

	if (err)
		return hu_err_in(err, "metadata");
	if (!file.text.len)
		return hu_err(HU_ERR_BAD_INPUT, "its metadata is empty");
	if (file.text.len > TEXT_MAX)
		return hu_err(HU_ERR_UNSUPPORTED, "its metadata is larger than %d MiB",
			      TEXT_MAX >> 20);
	ret->json = is_json(file.text);
	if (ret->json)
		return NULL;
	if (begins_with_magic(file.text, &big_endian)) {
		hu_out_puts(&ret->text, "/* CTF 1.8 */\n");
		err = unwrap(file.text, big_endian, ret);
	} else if (hu_str_starts(file.text, "/* CTF 1.")) {
		hu_out_str(&ret->text, file.text);
	} else {
		err = hu_err(HU_ERR_BAD_INPUT, "its metadata does not begin as CTF metadata does");
	}
	if (!err)
		err = bound(ret);
	if (err)
		return err;
	hu_ctf_layout(ret);
	/* the library would go on, and break down over a sequence in a context of no event */
	return ret->events ? NULL : hu_err(HU_ERR_BAD_INPUT, "its metadata describes no event");
}

void hu_ctf_meta_close(struct hu_ctf_meta *meta)
{
	hu_out_deinit(&meta->text);
	hu_out_deinit(&meta->damage);
	free(meta->head);
	meta->head = NULL;
}
