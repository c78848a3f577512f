/*
 * The kernel log with its fields by name, a line each: `journalctl -k -o export`
 * (https://systemd.io/JOURNAL_EXPORT_FORMATS: a record ends with an empty line; a value with line
 * breaks has its length in front, in eight bytes) and `-o verbose`, which is for people.
 */
#include "ingest/klogrecord.h"
#include "ingest/mapped.h"
#include "ingest/walltime.h"

#include <string.h>

struct reading {
	struct hu_str rest;
	uint64_t pos; /* of the line read last */
	bool cut;
};

static bool is_key(struct hu_str s)
{
	if (!s.len || s.len > 64)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] != '_' && (s.at[i] < 'A' || s.at[i] > 'Z') &&
		    (s.at[i] < '0' || s.at[i] > '9'))
			return false;
	return true;
}

static bool line_of(struct reading *r, struct hu_str *ret)
{
	if (!hu_str_line(&r->rest, ret))
		return false;
	r->pos++;
	return true;
}

/* A value of so many bytes, and the line break behind it. */
static bool sized(struct reading *r, struct hu_str *ret)
{
	uint64_t n = 0;

	if (r->rest.len < 8)
		return false;
	for (int i = 7; i >= 0; i--)
		n = n << 8 | (unsigned char)r->rest.at[i];
	if (n > r->rest.len - 8 || r->rest.len - 8 - n < 1 || r->rest.at[8 + n] != '\n')
		return false;
	*ret = (struct hu_str){r->rest.at + 8, (size_t)n};
	for (uint64_t i = 0; i < n + 9; i++)
		r->pos += r->rest.at[i] == '\n';
	r->rest = hu_str_skip(r->rest, (size_t)n + 9);
	return true;
}

typedef void field_fn(void *with, struct hu_str key, struct hu_str value);

/* The fields of the next record; false at the end. *pos gets its first line. */
static bool next_export(struct reading *r, uint64_t *pos, field_fn *take, void *with)
{
	struct hu_str line;
	bool any = false;

	while (line_of(r, &line)) {
		struct hu_str value = line, key = hu_str_split(&value, '=');
		if (!line.len && any)
			return true;
		if (!line.len)
			continue;
		if (!any)
			*pos = r->pos;
		any = true;
		if (!is_key(key)) {
			r->cut = true;
			continue;
		}
		if (key.len == line.len && !sized(r, &value)) {
			r->cut = true;
			continue;
		}
		take(with, key, value);
	}
	return any;
}

/* "Sun 2026-11-22 01:53:47.000364 UTC [s=0664…;i=1;b=…]": where the bracket opens, or 0. */
static size_t verbose_head(struct hu_str line, struct hu_wall *when)
{
	ptrdiff_t open = hu_str_find(line, " [s=");
	struct hu_str date = line;

	if (open < 20 || open > 64 || line.at[0] == ' ')
		return 0;
	date.len = (size_t)open;
	hu_str_word(&date); /* the weekday, in some language */
	return hu_wall_stamp(date, when) ? (size_t)open : 0;
}

/* The cursor has what the verbose form does not show: m is monotonic, t is real time. */
static void cursor(struct hu_str line, field_fn *take, void *with)
{
	static const char *const keys[][2] = {{"m=", "__MONOTONIC_TIMESTAMP"},
					      {"t=", "__REALTIME_TIMESTAMP"}};
	struct hu_str part;

	while ((part = hu_str_split(&line, ';')).len || line.len) {
		for (size_t i = 0; i < 2; i++) {
			uint64_t n;
			if (!hu_str_starts(part, keys[i][0]))
				continue;
			part = hu_str_skip(part, 2);
			if (hu_str_ends(part, "]"))
				part.len--;
			if (!hu_str_u64(part, 16, &n))
				continue;
			HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
			hu_out_printf(&text, "%llu", (unsigned long long)n);
			take(with, hu_str(keys[i][1]), hu_out_view(&text));
		}
	}
}

/* One record of the form for people. A message of several lines goes on in lines that have no key.
 */
static bool next_verbose(struct reading *r, uint64_t *pos, field_fn *take, void *with)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out message = {0};
	struct hu_str line;
	struct hu_wall when;
	size_t head = 0;
	bool in_message = false;

	while (!head && line_of(r, &line))
		head = verbose_head(line, &when);
	if (!head)
		return false;
	*pos = r->pos;
	cursor(hu_str_skip(line, head + 2), take, with);
	for (struct reading before = *r; line_of(r, &line); before = *r) {
		if (verbose_head(line, &when)) {
			*r = before;
			break;
		}
		struct hu_str value = hu_str_trim(line), key = hu_str_split(&value, '=');
		bool field = hu_str_starts(line, "    ") && is_key(key) &&
			     key.len < hu_str_trim(line).len;
		if (field && hu_str_is(key, "MESSAGE"))
			hu_out_str(&message, value);
		else if (field)
			take(with, key, value);
		else if (in_message && line.len)
			hu_out_printf(&message, "\n%.*s", (int)hu_str_trim(line).len,
				      hu_str_trim(line).at);
		in_message = field ? hu_str_is(key, "MESSAGE") : in_message;
	}
	take(with, hu_str("MESSAGE"), hu_out_view(&message));
	return true;
}

static void to_record(void *with, struct hu_str key, struct hu_str value)
{
	hu_klogrecord_field(with, key, value);
}

struct look {
	struct hu_klogsurvey *survey;
	struct hu_str boot_id;
};

static void to_look(void *with, struct hu_str key, struct hu_str value)
{
	struct look *look = with;

	if (hu_str_is(key, "_BOOT_ID"))
		look->boot_id = value;
	look->survey->source += hu_str_is(key, "_SOURCE_MONOTONIC_TIMESTAMP");
	look->survey->arrival += hu_str_is(key, "__MONOTONIC_TIMESTAMP");
}

static bool is_verbose(struct hu_str text)
{
	struct hu_str line;
	struct hu_wall when;

	while (hu_str_line(&text, &line))
		if (line.len && !hu_str_starts(line, "-- "))
			return verbose_head(line, &when) > 0;
	return false;
}

static struct hu_err *klogexport_read(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_klogsurvey seen HU_CLEANUP(hu_klogsurvey_deinit) = {0};
	struct hu_klogrecord record HU_CLEANUP(hu_klogrecord_deinit) = {0};
	struct hu_kmsg_log log HU_CLEANUP(hu_kmsg_log_deinit) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);
	uint64_t pos;

	if (err)
		return err;
	bool (*next)(struct reading *, uint64_t *, field_fn *, void *) =
		is_verbose(file.text) ? next_verbose : next_export;
	struct look look = {&seen, {0}};
	for (struct reading r = {file.text, 0, false}; next(&r, &pos, to_look, &look);
	     look.boot_id.len = 0)
		hu_klogsurvey_record(&seen, pos, look.boot_id);
	hu_kmsg_log_init(&log, to, hu_klogsurvey_clock(&seen), &seen.boots);
	struct reading r = {file.text, 0, false};
	for (;;) {
		hu_klogrecord_begin(&record, r.pos + 1);
		if (!next(&r, &pos, to_record, &record))
			break;
		hu_kmsg_log_at(&log, pos);
		hu_klogrecord_put(&record, &log);
	}
	bool whole = file.text.len && file.text.at[file.text.len - 1] == '\n';
	if (r.cut || !whole) {
		log.pos = r.pos;
		hu_kmsg_put_gap(&log, HU_LOSS_TRUNCATED, HU_NONE, HU_OPEN,
				"a field lies about its length, or the file ends inside one");
	}
	hu_kmsg_log_finish(&log, file.text.len);
	if (!log.lines)
		return hu_err(HU_ERR_BAD_INPUT, "holds no kernel message");
	return NULL;
}

static enum hu_match klogexport_probe(const struct hu_probe *in)
{
	struct hu_str s = in->head;

	if (in->is_dir)
		return HU_MATCH_NO;
	if ((hu_str_starts(s, "__CURSOR=") || hu_str_starts(s, "__REALTIME_TIMESTAMP=")) &&
	    hu_str_find(s, "\n__MONOTONIC_TIMESTAMP=") > 0)
		return HU_MATCH_LIKELY;
	return is_verbose(s) && hu_str_find(s, "\n    ") > 0 ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_klogexport = {
	.name = "klogexport",
	.zeros = true,
	.reads = "kernel logs as journalctl -k -o export or -o verbose gives them",
	.clock = HU_CLOCK_IN_FILE,
	.probe = klogexport_probe,
	.read = klogexport_read,
};
