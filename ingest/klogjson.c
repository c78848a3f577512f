/*
 * The kernel log as JSON: `dmesg -J` (one document of records) and `journalctl -k -o json` in all
 * its variants (one document per record: a line, several lines, behind "data: ", behind a record
 * separator). Records are found by their braces and read one by one, so that a file that is cut or
 * damaged keeps the others. A few thousand records of some hundred bytes.
 *
 * Formats: util-linux sys-utils/dmesg.c, print_record(); systemd src/shared/logs-show.c,
 * output_json().
 */
#include "ingest/jsonlen.h"
#include "ingest/klogrecord.h"
#include "ingest/mapped.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

enum {
	MAX_UNENDED = 64,     /* each costs a look over MAX_RECORD bytes */
	MAX_RECORD = 1 << 20, /* journald keeps fields below 768 KiB */
	MAX_BAD_TOLD = 3
};

struct records {
	struct hu_str rest;
	uint64_t pos;	  /* line of the next byte */
	unsigned unended; /* records without an end so far */
};

static void skip(struct records *r, size_t n)
{
	const char *at = r->rest.at, *end = at + n;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
		r->pos++;
		at++;
	}
	r->rest = hu_str_skip(r->rest, n);
}

static size_t blank(struct hu_str s, size_t at)
{
	while (at < s.len && strchr(" \t\r\n", s.at[at]) && s.at[at])
		at++;
	return at;
}

/* The bytes of `{ "dmesg": [` at the front, or 0. */
static size_t dmesg_head(struct hu_str s)
{
	static const char *const words[] = {"{", "\"dmesg\"", ":", "["};
	size_t at = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		at = blank(s, at);
		if (!hu_str_starts(hu_str_skip(s, at), words[i]))
			return 0;
		at += strlen(words[i]);
	}
	return at;
}

/* The bytes of the object at the front; 0: it does not end, or is longer than any record. */
static size_t object(struct hu_str s)
{
	return hu_json_object_len((struct hu_str){s.at, s.len < MAX_RECORD ? s.len : MAX_RECORD},
				  NULL);
}

/* The next record; false at the end. `ret` is empty for one that does not end. */
static bool next(struct records *r, struct hu_str *ret, uint64_t *pos)
{
	if (r->unended >= MAX_UNENDED)
		return false;
	for (;;) {
		const char *brace = r->rest.len ? memchr(r->rest.at, '{', r->rest.len) : NULL;
		if (!brace)
			return false;
		skip(r, (size_t)(brace - r->rest.at));
		size_t head = dmesg_head(r->rest);
		if (!head)
			break;
		skip(r, head);
	}
	size_t n = object(r->rest);
	*ret = (struct hu_str){r->rest.at, n};
	*pos = r->pos;
	r->unended += !n;
	if (!n) { /* go on behind this line: what begins there may be whole */
		const char *end = memchr(r->rest.at, '\n', r->rest.len);
		n = end ? (size_t)(end - r->rest.at) + 1 : r->rest.len;
	}
	skip(r, n);
	return true;
}

/* The text behind `"key"` and a colon: what stands in quotes, or the bare word. */
static struct hu_str value_of(struct hu_str s, const char *key)
{
	const struct hu_str none = {0};
	ptrdiff_t at = hu_str_find(s, key);

	if (at < 0)
		return none;
	s = hu_str_skip(s, (size_t)at + strlen(key));
	s = hu_str_skip(s, blank(s, 0));
	if (!hu_str_starts(s, ":"))
		return none;
	s = hu_str_skip(s, blank(s, 1));
	if (hu_str_starts(s, "\"")) {
		s = hu_str_skip(s, 1);
		return hu_str_split(&s, '"');
	}
	size_t n = 0;
	while (n < s.len && s.at[n] != ',' && s.at[n] != '\n' && s.at[n] != '}')
		n++;
	return hu_str_trim((struct hu_str){s.at, n});
}

/* Boots and clocks, without making a tree of each record. */
static void survey(struct hu_str text, struct hu_klogsurvey *ret)
{
	struct records r = {text, 1, 0};
	struct hu_str record;
	uint64_t pos;
	int64_t last = -1, time;

	while (next(&r, &record, &pos)) {
		hu_klogsurvey_record(ret, pos, value_of(record, "\"_BOOT_ID\""));
		ret->source += hu_str_find(record, "\"_SOURCE_MONOTONIC_TIMESTAMP\"") >= 0;
		ret->arrival += hu_str_find(record, "\"__MONOTONIC_TIMESTAMP\"") >= 0;
		if (!hu_str_fixed(value_of(record, "\"time\""), 9, &time))
			continue;
		ret->source++;
		if (last - time >= 10 * HU_NS_PER_S) { /* dmesg -J twice into one file */
			const struct hu_kmsg_boot boot = {
				.pos = pos, .run = ret->boots.runs, .kind = HU_KMSG_BOOT_JUMP};
			hu_kmsg_boots_add(&ret->boots, &boot);
		}
		last = time;
	}
}

/* MESSAGE is a list of bytes where it is no UTF-8, and null where it was too long for journalctl.
 */
static void bytes_field(struct hu_klogrecord *record, const cJSON *item)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0};
	const cJSON *one;

	cJSON_ArrayForEach(one, item)
	{
		if (cJSON_IsString(one)) { /* a field that is there twice */
			hu_klogrecord_field(record, hu_str(item->string), hu_str(one->valuestring));
			return;
		}
		if (cJSON_IsNumber(one) && one->valuedouble >= 0 && one->valuedouble <= 255)
			hu_out_putc(&bytes, (char)(int)one->valuedouble);
	}
	hu_klogrecord_field(record, hu_str(item->string), hu_out_view(&bytes));
}

/* dmesg's levels and facilities by name or number. */
static void priority(struct hu_klogrecord *record, const cJSON *item)
{
	static const char *const levels[] = {"emerg", "alert",	"crit", "err",
					     "warn",  "notice", "info", "debug"};

	if (cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble < 4096)
		record->priority = (int)item->valuedouble & 7;
	for (size_t i = 0; cJSON_IsString(item) && i < 8; i++)
		if (!strcmp(item->valuestring, levels[i]))
			record->priority = (int64_t)i;
}

static void caller(struct hu_klogrecord *record, const char *text)
{
	int64_t id;

	if ((text[0] != 'T' && text[0] != 'C') || !hu_str_i64(hu_str(text + 1), &id) || id < 0 ||
	    id > INT32_MAX)
		return;
	*(text[0] == 'T' ? &record->tid : &record->cpu) = (int32_t)id;
}

static void dmesg_field(struct hu_klogrecord *record, const cJSON *item)
{
	if (!strcmp(item->string, "pri")) {
		priority(record, item);
	} else if (!strcmp(item->string, "time") && cJSON_IsNumber(item)) {
		if (item->valuedouble >= 0 && item->valuedouble < 1e9)
			record->source = (int64_t)llround(item->valuedouble * 1e6);
	} else if (!strcmp(item->string, "caller") && cJSON_IsString(item)) {
		caller(record, item->valuestring);
	} else if (!strcmp(item->string, "msg") && cJSON_IsString(item)) {
		record->any = record->kernel = true;
		hu_out_puts(&record->message, item->valuestring);
	}
}

static bool fill(struct hu_klogrecord *record, struct hu_str text)
{
	/* cJSON takes what JSON does not allow (RFC 8259, 7), and ends a text there. */
	cJSON *root =
		memchr(text.at, 0, text.len) ? NULL : cJSON_ParseWithLength(text.at, text.len);
	const cJSON *item;

	if (!root)
		return false;
	cJSON_ArrayForEach(item, root)
	{
		if (!item->string)
			continue;
		if (cJSON_IsArray(item))
			bytes_field(record, item);
		else if (item->string[0] >= 'a' && item->string[0] <= 'z')
			dmesg_field(record, item);
		else if (cJSON_IsString(item))
			hu_klogrecord_field(record, hu_str(item->string),
					    hu_str(item->valuestring));
		else if (cJSON_IsNull(item) && !strcmp(item->string, "MESSAGE"))
			hu_klogrecord_field(record, hu_str(item->string),
					    hu_str("[left out by journalctl: give --all]"));
	}
	cJSON_Delete(root);
	return true;
}

static void put_bad(struct hu_kmsg_log *log, uint64_t bad, const uint64_t *at, uint64_t cut)
{
	log->pos = cut;
	if (cut)
		hu_kmsg_put_gap(log, HU_LOSS_TRUNCATED, HU_NONE, HU_OPEN,
				"the record in line %llu does not end", (unsigned long long)cut);
	log->pos = at[0];
	if (bad)
		hu_kmsg_put_gap(log, HU_LOSS_UNPARSED, (int64_t)bad, HU_OPEN,
				"records that are no JSON: %llu, the first in line %llu",
				(unsigned long long)bad, (unsigned long long)at[0]);
}

static struct hu_err *klogjson_read(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_klogsurvey seen HU_CLEANUP(hu_klogsurvey_deinit) = {0};
	struct hu_klogrecord record HU_CLEANUP(hu_klogrecord_deinit) = {0};
	struct hu_kmsg_log log HU_CLEANUP(hu_kmsg_log_deinit) = {0};
	uint64_t bad = 0, bad_at[MAX_BAD_TOLD] = {0}, cut = 0, pos;
	struct hu_err *err = hu_mapped_open(path, &file);

	if (err)
		return err;
	survey(file.text, &seen);
	hu_kmsg_log_init(&log, to, hu_klogsurvey_clock(&seen), &seen.boots);
	struct records r = {file.text, 1, 0};
	struct hu_str text;
	while (next(&r, &text, &pos)) {
		hu_kmsg_log_at(&log, pos);
		hu_klogrecord_begin(&record, pos);
		if (!text.len) {
			cut = cut ? cut : pos;
		} else if (!fill(&record, text)) {
			if (bad < MAX_BAD_TOLD)
				bad_at[bad] = pos;
			bad++;
		} else {
			hu_klogrecord_put(&record, &log);
		}
	}
	hu_kmsg_log_finish(&log, file.text.len);
	put_bad(&log, bad, bad_at, cut);
	if (!bad && !cut && memchr(file.text.at, 0, file.text.len))
		hu_kmsg_put_gap(&log, HU_LOSS_UNPARSED, HU_NONE, HU_OPEN,
				"zero bytes between the records: some may be missing");
	if (r.unended >= MAX_UNENDED && r.rest.len)
		hu_kmsg_put_gap(&log, HU_LOSS_UNPARSED, HU_NONE, HU_OPEN,
				"%d records do not end: what is behind line %llu is not read",
				(int)MAX_UNENDED, (unsigned long long)r.pos);
	if (!log.lines)
		return hu_err(HU_ERR_BAD_INPUT, "holds no kernel message");
	return cut ? hu_err(HU_ERR_BAD_INPUT, "a record does not end") : NULL;
}

static enum hu_match klogjson_probe(const struct hu_probe *in)
{
	static const char *const keys[] = {"\"__CURSOR\"", "\"__REALTIME_TIMESTAMP\"",
					   "\"__MONOTONIC_TIMESTAMP\"",
					   "\"_SOURCE_MONOTONIC_TIMESTAMP\"", "\"_BOOT_ID\""};
	struct hu_str s = in->head;
	unsigned found = 0;

	if (in->is_dir)
		return HU_MATCH_NO;
	s = hu_str_skip(s, blank(s, 0));
	if (dmesg_head(s))
		return HU_MATCH_LIKELY;
	if (s.len && s.at[0] == 0x1e) /* RFC 7464 */
		s = hu_str_skip(s, 1);
	if (hu_str_starts(s, "data: "))
		s = hu_str_skip(s, 6);
	if (!hu_str_starts(s, "{"))
		return HU_MATCH_NO;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		found += hu_str_find(s, keys[i]) >= 0;
	return found >= 2 ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_klogjson = {
	.name = "klogjson",
	.reads = "kernel logs as JSON: dmesg -J, journalctl -k -o json",
	.clock = HU_CLOCK_IN_FILE,
	.probe = klogjson_probe,
	.read = klogjson_read,
};
