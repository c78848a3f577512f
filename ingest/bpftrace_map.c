/*
 * bpftrace's text form of maps (TextOutput in its src/output.cpp):
 *
 *   @fail[kworker/u4:2]: 3             @st[io]: count 2, average 200, total 400
 *   @hold_us[kswapd0]:                 @stacks[
 *   [128K, 256K)        1 |@@   |          shrink_slab+221
 *   (..., 0)            2 |@@@@ |          shrink_node+734
 *   [50, ...)           1 |@@   |      , kswapd0]: 12
 *
 * A file has some hundred such lines; memory is that of one key.
 */
#include "ingest/bpftrace_map.h"
#include "ingest/printf_line.h"

#include <ctype.h>
#include <string.h>

enum { KEY_LINES_MAX = 600 }; /* two stacks of 127 frames, and some */

void hu_bpftrace_map_init(struct hu_bpftrace_map *map, struct hu_sink *to)
{
	*map = (struct hu_bpftrace_map){.to = to};
}

void hu_bpftrace_map_deinit(struct hu_bpftrace_map *map)
{
	hu_out_deinit(&map->key);
}

struct hu_str hu_bpftrace_map_unit(struct hu_str table)
{
	static const struct {
		const char *ending, *unit;
	} units[] = {
		{"nsecs", "ns"}, {"nsec", "ns"}, {"usecs", "us"}, {"usec", "us"},
		{"msecs", "ms"}, {"msec", "ms"}, {"ns", "ns"},	  {"us", "us"},
		{"ms", "ms"},	 {"secs", "s"},	 {"sec", "s"},	  {"bytes", "bytes"},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i].ending);
		if (!hu_str_ends(table, units[i].ending) || table.len <= n)
			continue;
		char before = table.at[table.len - n - 1];
		/* "@us", "@hold_us"; not "@status". */
		if (before == '_' || before == '@')
			return hu_str(units[i].unit);
	}
	return (struct hu_str){0};
}

/* "@name" at the start of s, or an empty string. */
static struct hu_str table_name(struct hu_str s)
{
	size_t n = 1;

	if (!s.len || s.at[0] != '@')
		return (struct hu_str){0};
	while (n < s.len && (isalnum((unsigned char)s.at[n]) || s.at[n] == '_'))
		n++;
	if (n == s.len || (s.at[n] != '[' && s.at[n] != ':'))
		return (struct hu_str){0};
	return (struct hu_str){s.at, n};
}

/* The last "]:" of s: a key may hold one, a number can't. */
static ptrdiff_t key_end(struct hu_str s)
{
	for (size_t i = s.len; i-- > 1;)
		if (s.at[i] == ':' && s.at[i - 1] == ']' && (i + 1 == s.len || s.at[i + 1] == ' '))
			return (ptrdiff_t)i - 1;
	return -1;
}

static bool scaled(struct hu_str s, int64_t *ret)
{
	static const char suffixes[] = "KMGTPE";
	int64_t times = 1, value;

	if (s.len) {
		const char *suffix = strchr(suffixes, s.at[s.len - 1]);
		if (suffix && *suffix) {
			times = INT64_C(1) << (10 * (suffix - suffixes + 1));
			s.len--;
		}
	}
	return hu_str_i64(s, &value) && !__builtin_mul_overflow(value, times, ret);
}

bool hu_bpftrace_map_bucket(struct hu_str s, int64_t *low, int64_t *high, int64_t *count)
{
	if (s.len < 4 || (s.at[0] != '[' && s.at[0] != '('))
		return false;
	size_t end = 1;
	while (end < s.len && end < 64 && s.at[end] != ')' && s.at[end] != ']')
		end++;
	if (end >= s.len || (s.at[end] != ')' && s.at[end] != ']'))
		return false;
	struct hu_str range = {s.at + 1, end - 1}, rest = hu_str_skip(s, end + 1);
	ptrdiff_t comma = hu_str_find(range, ", ");
	if (comma < 0) {
		if (s.at[end] != ']' || !scaled(range, low) ||
		    __builtin_add_overflow(*low, 1, high))
			return false;
	} else {
		struct hu_str from = {range.at, (size_t)comma};
		struct hu_str to = hu_str_skip(range, (size_t)comma + 2);
		*low = *high = HU_OPEN;
		if (!hu_str_is(from, "...") && !scaled(from, low))
			return false;
		if (!hu_str_is(to, "...") && !scaled(to, high))
			return false;
	}
	struct hu_str number = hu_str_word(&rest);
	rest = hu_str_trim(rest);
	return hu_str_i64(number, count) && rest.len && rest.at[0] == '|';
}

/* "count 2, average 200, total 400"; bpftrace 0.27: "{ .count = 2, .average = 200, .total = 400 }"
 */
static bool statistics(struct hu_str s, int64_t *count, int64_t *total)
{
	static const char *const names[] = {"count", "average", "total"};
	int64_t number[3];

	bool braces = hu_str_starts(s, "{ ") && hu_str_ends(s, " }");
	if (braces)
		s = (struct hu_str){s.at + 2, s.len - 4};
	for (int i = 0; i < 3; i++) {
		struct hu_str part = hu_str_split(&s, ','), word = hu_str_word(&part);
		if (braces && hu_str_starts(word, ".") && hu_str_is(hu_str_word(&part), "="))
			word = hu_str_skip(word, 1);
		else if (braces)
			return false;
		if (!hu_str_is(word, names[i]) || !hu_str_i64(hu_str_trim(part), &number[i]))
			return false;
	}
	*count = number[0];
	*total = number[2];
	return !s.len;
}

bool hu_bpftrace_map_header(struct hu_str line)
{
	struct hu_str name = table_name(line), value = hu_str_skip(line, name.len);
	int64_t number, total;

	if (!name.len)
		return false;
	if (value.at[0] == '[') {
		ptrdiff_t end = key_end(value);
		if (end < 0)
			return value.len == 1; /* "@stacks[": frames follow */
		value = hu_str_skip(value, (size_t)end + 1);
	}
	value = hu_str_trim(hu_str_skip(value, 1));
	return !value.len || hu_str_i64(value, &number) || statistics(value, &number, &total);
}

static void put_row(struct hu_bpftrace_map *map, uint64_t pos, hu_name key, int64_t count,
		    int64_t total)
{
	hu_put_aggregate(map->to, &(struct hu_aggregate){HU_OPEN, pos, HU_OPEN, HU_OPEN, count,
							 total, map->table, key, map->unit});
}

static void take_value(struct hu_bpftrace_map *map, struct hu_str key, struct hu_str value,
		       uint64_t pos, bool cut)
{
	hu_name name = hu_intern(map->to, hu_str_trim(key));
	int64_t count, total;

	map->state = HU_MAP_NONE;
	value = hu_str_trim(value);
	if (!value.len) {
		map->state = HU_MAP_BUCKETS;
		map->bucket_key = name;
		map->buckets = 0;
	} else if (!cut && hu_str_i64(value, &count)) {
		put_row(map, pos, name, count, HU_NONE);
		map->entries++;
	} else if (!cut && statistics(value, &count, &total)) {
		put_row(map, pos, name, count, total);
		map->entries++;
	} else {
		map->others++;
	}
}

static bool take_bucket(struct hu_bpftrace_map *map, struct hu_str line, uint64_t pos)
{
	struct hu_aggregate row = {.ts = HU_OPEN,
				   .pos = pos,
				   .total = HU_NONE,
				   .table = map->table,
				   .key = map->bucket_key,
				   .unit = map->unit};

	if (!hu_bpftrace_map_bucket(line, &row.low, &row.high, &row.count))
		return false;
	map->histograms += !map->buckets++;
	if (row.low == HU_BPFTRACE_LAST_BUCKET && row.high == 2 * HU_BPFTRACE_LAST_BUCKET)
		row.high = HU_OPEN;
	if (row.count)
		hu_put_aggregate(map->to, &row);
	return true;
}

static void close_entry(struct hu_bpftrace_map *map)
{
	if (map->state == HU_MAP_BUCKETS && !map->buckets)
		map->others++; /* a stack, an empty text */
	if (map->state == HU_MAP_KEY)
		map->broken++;
	map->state = HU_MAP_NONE;
}

/* "wait latency_ns=5000011 tid=200": somebody's printf, and no part of a key. */
static bool is_record(struct hu_str line)
{
	struct hu_printf_line parsed;

	hu_printf_line_parse(line, &parsed);
	return parsed.durations && parsed.keyed;
}

static bool take_key_line(struct hu_bpftrace_map *map, struct hu_str line, uint64_t pos, bool cut)
{
	struct hu_printf_frame frame;
	ptrdiff_t end = key_end(line);

	if (end >= 0) {
		hu_out_bytes(&map->key, line.at, (size_t)end);
		take_value(map, hu_out_view(&map->key), hu_str_skip(line, (size_t)end + 2), pos,
			   cut);
		return true;
	}
	bool is_frame = hu_printf_frame_parse(line, &frame);
	if (++map->key_lines > KEY_LINES_MAX || table_name(line).len ||
	    (!is_frame && is_record(line))) {
		close_entry(map);
		return false;
	}
	if (is_frame) {
		if (map->key.len && map->key.at[map->key.len - 1] != ' ')
			hu_out_putc(&map->key, ';');
		if (frame.symbol.len)
			hu_out_str(&map->key, frame.symbol);
		else
			hu_out_printf(&map->key, "0x%llx", (unsigned long long)frame.address);
	} else {
		hu_out_str(&map->key, line);
	}
	return true;
}

/*
 * A tseries() map is drawn (bpftrace from 0.24 on): "hh:mm:ss.ns        |____|", "06:21:19.0 | * |
 * 5", "v____v" under it, and its scale.
 */
static bool of_series(struct hu_str line)
{
	struct hu_str s = hu_str_trim(line), first = hu_str_word(&s), second = hu_str_word(&s);
	int64_t number;

	if (hu_str_starts(first, "v___") || hu_str_starts(first, "hh:mm:ss"))
		return true;
	if (first.len > 8 && first.at[2] == ':' && first.at[5] == ':' && hu_str_starts(second, "|"))
		return true;
	return line.len && line.at[0] == ' ' && hu_str_i64(first, &number) &&
	       hu_str_i64(second, &number) && !hu_str_trim(s).len;
}

bool hu_bpftrace_map_take(struct hu_bpftrace_map *map, struct hu_str line, uint64_t pos, bool cut)
{
	struct hu_printf_frame frame;

	if (map->state == HU_MAP_KEY && take_key_line(map, line, pos, cut))
		return true;
	if (map->state == HU_MAP_BUCKETS) {
		if (take_bucket(map, line, pos))
			return true;
		if (!map->buckets && (hu_printf_frame_parse(line, &frame) || of_series(line)))
			return true;
		close_entry(map);
	}
	struct hu_str name = table_name(line);
	if (!name.len)
		return false;
	struct hu_str rest = hu_str_skip(line, name.len), key = {0};
	map->table = hu_intern(map->to, name);
	map->unit = hu_intern(map->to, hu_bpftrace_map_unit(name));
	if (rest.at[0] == '[') {
		ptrdiff_t end = key_end(rest);
		if (end < 0) {
			map->state = HU_MAP_KEY;
			map->key_lines = 0;
			hu_out_clear(&map->key);
			hu_out_str(&map->key, hu_str_skip(rest, 1));
			return true;
		}
		key = (struct hu_str){rest.at + 1, (size_t)end - 1};
		rest = hu_str_skip(rest, (size_t)end + 1);
	}
	take_value(map, key, hu_str_skip(rest, 1), pos, cut);
	return true;
}

void hu_bpftrace_map_end(struct hu_bpftrace_map *map)
{
	close_entry(map);
	if (!map->broken)
		return;
	struct hu_gap gap = {HU_OPEN, HU_OPEN, (int64_t)map->broken, HU_NONE, HU_LOSS_UNPARSED, 0};
	hu_put_loss(map->to, &gap, "%llu map keys begin and never end",
		    (unsigned long long)map->broken);
}

void hu_bpftrace_map_counts(const struct hu_bpftrace_map *map)
{
	if (map->entries)
		hu_put_event_count(map->to, hu_str("map entry"), map->entries, true);
	if (map->histograms)
		hu_put_event_count(map->to, hu_str("histogram"), map->histograms, true);
	if (map->others)
		hu_put_event_count(map->to, hu_str("map entry (not a number)"), map->others, false);
}
