/*
 * `bpftrace -f json`: one document a line. A printf's text is what the text output would have
 * shown, so it goes through the same record parser; maps and histograms become the same rows. Lines
 * are short but for maps, which may have megabytes.
 *
 * cJSON keeps numbers as doubles, and an address rounded to the next double is another lock: every
 * long integer becomes a string before cJSON sees it.
 *
 * Format: JsonOutput in bpftrace's src/output.cpp.
 */
#include "ingest/bpfjson_exact.h"
#include "ingest/bpftrace_input.h"
#include "ingest/bpftrace_map.h"
#include "ingest/printf_record.h"
#include "ingest/reader.h"
#include "ingest/tell.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	PARTIAL_MAX = 1 << 20, /* of a printf without "\n" */
};

struct reading {
	struct hu_sink *to;
	struct hu_printf *printf;
	struct hu_bpftrace_map maps; /* for its counts */
	struct hu_out exact;	     /* the line, long integers quoted */
	struct hu_out partial;	     /* printed text whose line is not complete yet */
	uint64_t partial_pos;
	bool cut; /* the last line, in the middle */
	uint64_t documents, attached, lost, complaints;
	struct hu_odd_lines bad;  /* no JSON of bpftrace */
	uint64_t unused_count[8]; /* types that are read and not used */
	struct hu_out unused_name[8];
};

/* An exact integer: a number of up to 15 digits, or a text that is one. */
static bool integer(const cJSON *item, int64_t *ret)
{
	if (cJSON_IsString(item))
		return hu_str_i64(hu_str(item->valuestring), ret);
	if (!cJSON_IsNumber(item) || item->valuedouble < -1e15 || item->valuedouble > 1e15 ||
	    item->valuedouble != (double)(int64_t)item->valuedouble)
		return false;
	*ret = (int64_t)item->valuedouble;
	return true;
}

/* What printf wrote, line by line; the last one may go on in the next document. */
static void take_text(struct reading *r, struct hu_str text, uint64_t pos)
{
	while (text.len) {
		const char *end = memchr(text.at, '\n', text.len);
		size_t n = end ? (size_t)(end - text.at) : text.len;
		if (!r->partial.len)
			r->partial_pos = pos;
		if (r->partial.len + n <= PARTIAL_MAX)
			hu_out_bytes(&r->partial, text.at, n);
		if (end) {
			hu_printf_take(r->printf, hu_out_view(&r->partial), r->partial_pos);
			hu_out_clear(&r->partial);
			n++;
		}
		text = hu_str_skip(text, n);
	}
}

static void end_text(struct reading *r)
{
	if (r->partial.len)
		hu_printf_take(r->printf, hu_out_view(&r->partial), r->partial_pos);
	hu_out_clear(&r->partial);
	hu_printf_flush(r->printf);
}

/*
 * Buckets have inclusive ends. The first may lack "min", the last of a linear one "max". bpftrace
 * 0.17 has 32 buckets, the last for all that is too large for the others, and prints that one's
 * bounds wrapped (an int shift in hist_to_str()): "min": -2147483648, "max": 0.
 */
static void put_buckets(struct reading *r, const cJSON *list, struct hu_aggregate row)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		const cJSON *min = cJSON_GetObjectItemCaseSensitive(item, "min");
		const cJSON *max = cJSON_GetObjectItemCaseSensitive(item, "max");
		row.low = row.high = HU_OPEN;
		if (!integer(cJSON_GetObjectItemCaseSensitive(item, "count"), &row.count) ||
		    (min && !integer(min, &row.low)) || (max && !integer(max, &row.high))) {
			hu_odd_add(&r->bad, row.pos);
			continue;
		}
		if (min && max && row.low == INT32_MIN && row.high == 0) {
			row.low = HU_BPFTRACE_LAST_BUCKET;
			row.high = HU_OPEN;
		} else if (min && max && row.low > row.high) {
			hu_odd_add(&r->bad, row.pos);
			continue;
		} else if (row.high < HU_OPEN - 1) {
			row.high++;
		}
		if (row.count)
			hu_put_aggregate(r->to, &row);
	}
	r->maps.histograms++;
}

static void put_value(struct reading *r, const cJSON *value, struct hu_aggregate row)
{
	row.low = row.high = HU_OPEN;
	row.total = HU_NONE;
	if (cJSON_IsArray(value) &&
	    cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(value, 0), "count")) {
		put_buckets(r, value, row);
	} else if (integer(value, &row.count)) {
		hu_put_aggregate(r->to, &row);
		r->maps.entries++;
	} else if (integer(cJSON_GetObjectItemCaseSensitive(value, "count"), &row.count) &&
		   integer(cJSON_GetObjectItemCaseSensitive(value, "total"), &row.total)) {
		hu_put_aggregate(r->to, &row);
		r->maps.entries++;
	} else {
		r->maps.others++;
	}
}

/* bpftrace 0.27 prints "ffffffffb084bb31down_write+1" in a key: the address's length, or 0. */
static size_t glued_address(struct hu_str frame)
{
	enum { DIGITS = 16 };
	size_t n = 0;

	while (n < frame.len && n < DIGITS && isxdigit((unsigned char)frame.at[n]))
		n++;
	return n == DIGITS && frame.len > DIGITS && hu_str_starts(frame, "ffff") ? DIGITS : 0;
}

/* bpftrace 0.23 escapes the line ends of a stack in a key twice: "\\\\n        down_write+1". */
static void unescape_twice(struct hu_str key, struct hu_out *to)
{
	while (key.len) {
		bool escape = key.len > 1 && key.at[0] == '\\';
		char c = escape ? key.at[1] : key.at[0];
		hu_out_putc(to, !escape ? c : c == 'n' ? '\n' : c == 't' ? '\t' : c);
		key = hu_str_skip(key, escape ? 2 : 1);
	}
}

/* A key as the text output shows it, but a stack is one word: its symbols, leaf first, joined by
 * ";". */
static hu_name key_name(struct hu_sink *to, struct hu_str key)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out name = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out plain = {0};
	struct hu_str line;

	if (hu_str_starts(key, "\\n")) {
		unescape_twice(key, &plain);
		key = hu_out_view(&plain);
	}
	if (!memchr(key.at, '\n', key.len))
		return hu_intern(to, key);
	while (hu_str_line(&key, &line)) {
		struct hu_str frame = hu_str_trim(line);
		const char *plus = memrchr(frame.at ? frame.at : "", '+', frame.len);
		if (!frame.len)
			continue;
		if (plus && frame.at[0] != ',') {
			frame.len = (size_t)(plus - frame.at);
			const char *blank = memrchr(frame.at, ' ', frame.len);
			if (blank)
				frame = hu_str_skip(frame, (size_t)(blank - frame.at) + 1);
			else
				frame = hu_str_skip(frame, glued_address(frame));
		}
		if (name.len && frame.at[0] != ',')
			hu_out_putc(&name, ';');
		hu_out_str(&name, frame);
	}
	return hu_intern(to, hu_out_view(&name));
}

static void take_map(struct reading *r, const cJSON *data, uint64_t pos)
{
	const cJSON *table, *item;

	cJSON_ArrayForEach(table, data)
	{
		struct hu_str name = hu_str(table->string);
		struct hu_aggregate row = {
			.ts = HU_OPEN,
			.pos = pos,
			.table = hu_intern(r->to, name),
			.unit = hu_intern(r->to, hu_bpftrace_map_unit(name)),
		};
		/* Statistics without a key are an object too. */
		if (!cJSON_IsObject(table) || (cJSON_GetObjectItemCaseSensitive(table, "average") &&
					       cJSON_GetObjectItemCaseSensitive(table, "total"))) {
			put_value(r, table, row);
			continue;
		}
		cJSON_ArrayForEach(item, table)
		{
			row.key = key_name(r->to, hu_str(item->string));
			put_value(r, item, row);
		}
	}
}

static void count_unused(struct reading *r, const char *type)
{
	enum { MAX = sizeof(r->unused_count) / sizeof(r->unused_count[0]) };
	size_t i = 0;

	while (i + 1 < MAX && r->unused_count[i] && strcmp(r->unused_name[i].at, type) != 0)
		i++;
	if (!r->unused_count[i]++)
		hu_out_puts(&r->unused_name[i], i + 1 < MAX ? type : "other types");
}

static void take_lost(struct reading *r, const cJSON *data, uint64_t pos)
{
	struct hu_gap gap = {HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_DROPPED, pos};

	r->lost++;
	if (integer(cJSON_GetObjectItemCaseSensitive(data, "events"), &gap.count))
		hu_put_loss(r->to, &gap, "bpftrace lost %lld events", (long long)gap.count);
	else
		hu_put_loss(r->to, &gap, "bpftrace lost events and does not say how many");
}

/* What the script itself calls an error or a warning. */
static void take_complaint(struct reading *r, const cJSON *doc, uint64_t pos)
{
	enum { MAX = 8 };
	const cJSON *text = cJSON_GetObjectItemCaseSensitive(doc, "msg");
	struct hu_gap gap = {HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_MISSING, pos};
	struct hu_str says = hu_str_trim(hu_str(cJSON_IsString(text) ? text->valuestring : ""));

	if (says.len > 200)
		says.len = 200;
	if (r->complaints++ < MAX)
		hu_put_loss(r->to, &gap, "the script says: %.*s", (int)says.len, says.at);
}

/* False: not a document of bpftrace. */
static bool take_document(struct reading *r, const cJSON *doc, uint64_t pos)
{
	const cJSON *type = cJSON_GetObjectItemCaseSensitive(doc, "type");
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(doc, "data");

	if (!cJSON_IsString(type))
		return false;
	struct hu_str name = hu_str(type->valuestring);
	if (hu_str_is(name, "printf") && cJSON_IsString(data)) {
		take_text(r, hu_str(data->valuestring), pos);
		return true;
	}
	end_text(r);
	if ((hu_str_is(name, "map") || hu_str_is(name, "hist") || hu_str_is(name, "lhist") ||
	     hu_str_is(name, "stats")) &&
	    cJSON_IsObject(data)) {
		take_map(r, data, pos);
	} else if (hu_str_is(name, "lost_events")) {
		take_lost(r, data, pos);
	} else if (hu_str_is(name, "attached_probes")) {
		r->attached++;
	} else if (hu_str_is(name, "warnf") || hu_str_is(name, "errorf")) {
		take_complaint(r, doc, pos);
	} else if (hu_str_is(name, "helper_error")) {
		struct hu_gap gap = {HU_OPEN, HU_OPEN, 1, HU_NONE, HU_LOSS_MISSING, pos};
		const cJSON *helper = cJSON_GetObjectItemCaseSensitive(doc, "helper");
		hu_put_loss(r->to, &gap, "a BPF helper failed: %s",
			    cJSON_IsString(helper) ? helper->valuestring : "unnamed");
	} else {
		count_unused(r, type->valuestring);
	}
	return true;
}

static void take_line(struct reading *r, struct hu_str line, uint64_t pos)
{
	struct hu_str text = hu_str_trim(line);

	if (!text.len)
		return;
	const char *end = NULL;
	cJSON *doc = NULL;
	if (hu_bpfjson_exact(text, &r->exact))
		doc = cJSON_ParseWithLengthOpts(r->exact.at, r->exact.len, &end, false);
	if (doc && end == r->exact.at + r->exact.len && take_document(r, doc, pos))
		r->documents++;
	else
		hu_odd_add(&r->bad, pos);
	cJSON_Delete(doc);
}

static void tell(struct reading *r, const struct hu_bpftrace_input *in)
{
	end_text(r);
	const struct hu_printf_counts *n = hu_printf_end(r->printf);
	const struct hu_tally counts[] = {
		{"printf with a duration", n->spans, true},
		{"printf with a stack", n->snapshots, true},
		{"printf (neither duration nor stack)", n->plain, false},
		{"user stack", n->user_stacks, false},
		{"attached_probes", r->attached, true},
		{"lost_events", r->lost, true},
		{"warnf, errorf", r->complaints, true},
	};

	hu_tell_events(r->to, counts, sizeof(counts) / sizeof(counts[0]));
	for (size_t i = 0; i < sizeof(r->unused_count) / sizeof(r->unused_count[0]); i++) {
		if (r->unused_count[i])
			hu_put_event_count(r->to, hu_out_view(&r->unused_name[i]),
					   r->unused_count[i], false);
		hu_out_deinit(&r->unused_name[i]);
	}
	r->maps.to = r->to;
	hu_bpftrace_map_counts(&r->maps);
	hu_tell_odd(r->to, &r->bad, "lines are no JSON of bpftrace");
	hu_bpftrace_input_losses(in, r->to);
	hu_put_totals(r->to, r->documents, in->bytes);
}

static void each_line(void *with, struct hu_str line, const struct hu_bpftrace_input *in)
{
	struct reading *r = with;
	uint64_t bad = r->bad.count;

	take_line(r, line, in->pos);
	r->cut = in->unended && r->bad.count > bad;
}

static struct hu_err *end(void *with, const struct hu_bpftrace_input *in)
{
	struct reading *r = with;

	r->bad.count -= r->cut;
	struct hu_err *cut = r->cut ? hu_bpftrace_input_cut(in, r->to) : NULL;
	tell(r, in);
	if (cut)
		return cut;
	if (r->bad.count && !r->documents)
		return hu_err(HU_ERR_BAD_INPUT, "none of its %llu lines is JSON of bpftrace",
			      (unsigned long long)r->bad.count);
	return NULL;
}

static struct hu_err *read_bpfjson(const char *path, struct hu_sink *to)
{
	HU_CLEANUP(hu_printf_destroyp) struct hu_printf *printf = hu_printf_create(to, false);
	struct reading r = {.to = to, .printf = printf};

	hu_bpftrace_map_init(&r.maps, to);
	struct hu_err *err = hu_bpftrace_input_each(path, each_line, end, &r);
	hu_out_deinit(&r.exact);
	hu_out_deinit(&r.partial);
	return err;
}

static enum hu_match probe_bpfjson(const struct hu_probe *in)
{
	static const char *const types[] = {
		"attached_probes", "printf", "map",	"hist",	   "lhist",
		"stats",	   "time",   "join",	"cat",	   "lost_events",
		"helper_error",	   "value",  "syscall", "tseries", "warnf",
		"errorf",	   NULL,
	};
	struct hu_bpftrace_head head;
	struct hu_str rest = hu_bpftrace_head(in->head, &head), line;

	if (in->is_dir)
		return HU_MATCH_NO;
	/* What bpftrace says on standard error may be mixed in. */
	for (int i = 0; i < 20 && hu_str_line(&rest, &line); i++) {
		line = hu_str_trim(line);
		if (!hu_str_starts(line, "{"))
			continue;
		line = hu_str_trim(hu_str_skip(line, 1));
		if (!hu_str_starts(line, "\"type\""))
			return HU_MATCH_NO;
		line = hu_str_trim(hu_str_skip(line, 6));
		if (!hu_str_starts(line, ":"))
			return HU_MATCH_NO;
		line = hu_str_trim(hu_str_skip(line, 1));
		if (!hu_str_starts(line, "\""))
			return HU_MATCH_NO;
		line = hu_str_skip(line, 1);
		struct hu_str type = hu_str_split(&line, '"');
		line = hu_str_trim(line);
		bool next = hu_str_starts(line, ",");
		line = hu_str_trim(hu_str_skip(line, 1));
		/* 0.27 puts a "count" before some of its data. */
		if (!next ||
		    (!hu_str_starts(line, "\"data\"") && !hu_str_starts(line, "\"helper\"") &&
		     !hu_str_starts(line, "\"count\"") && !hu_str_starts(line, "\"msg\"")))
			return HU_MATCH_NO;
		for (const char *const *t = types; *t; t++)
			if (hu_str_is(type, *t))
				return HU_MATCH_LIKELY;
		return HU_MATCH_NO;
	}
	return HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_bpftracejson = {
	.name = "bpftracejson",
	.reads = "bpftrace -f json: printf records with stacks, maps, histograms",
	.clock = HU_CLOCK_MONOTONIC,
	.probe = probe_bpfjson,
	.read = read_bpfjson,
};
