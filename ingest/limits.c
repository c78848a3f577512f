/* The table of limits, and the one place that reads and prints them. */
#include "ingest/limits.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const struct hu_limits hu_default_limits = {
	.bytes = INT64_C(64) << 30,
	.ratio = 2000,
	.ratio_from = INT64_C(256) << 20,
	.free_bytes = INT64_C(256) << 20,
	.files = 200000,
	.depth = 100,
	.member_s = 600,
	.memory = INT64_C(4) << 30,
	.line = 4 << 20,
	.caps = {.rows = 500000000,
		 .names = 4000000,
		 .text_bytes = INT64_C(1) << 30,
		 .stacks = 16000000,
		 .depth = 2048,
		 .tasks = 1000000,
		 .locks = 4000000},
	.bundle_s = 7200,
	.crashes = 50,
};

#define AT(member) offsetof(struct hu_limits, member)
#define BIG (INT64_C(1) << 50)

const struct hu_limit hu_limit_table[] = {
	{"unpacked", HU_LIMIT_BYTES, AT(bytes), BIG, "what comes out of packed files, in all"},
	{"ratio", HU_LIMIT_COUNT, AT(ratio), BIG, "unpacked bytes for each packed one …"},
	{"ratio-from", HU_LIMIT_BYTES, AT(ratio_from), BIG, "… once a file has given so much"},
	{"disk-left", HU_LIMIT_BYTES, AT(free_bytes), BIG,
	 "what must stay free on the disk of TMPDIR"},
	{"members", HU_LIMIT_COUNT, AT(files), 100000000, "files of an archive or a folder"},
	{"depth", HU_LIMIT_COUNT, AT(depth), 500, "folders in folders"},
	{"member-time", HU_LIMIT_SECONDS, AT(member_s), 1000000,
	 "processor time for one member, and silence of its reader"},
	{"bundle-time", HU_LIMIT_SECONDS, AT(bundle_s), 1000000,
	 "processor time for all that is read"},
	{"memory", HU_LIMIT_BYTES, AT(memory), BIG, "what a reader allocates"},
	{"crashes", HU_LIMIT_COUNT, AT(crashes), 1000000, "readers that are replaced by a new one"},
	{"line", HU_LIMIT_BYTES, AT(line), BIG, "a line of text; the rest of a longer one is cut"},
	{"records", HU_LIMIT_COUNT, AT(caps.rows), BIG, "what one member brings into the store"},
	{"names", HU_LIMIT_COUNT, AT(caps.names), 4000000000, "different texts of a bundle"},
	{"text", HU_LIMIT_BYTES, AT(caps.text_bytes), BIG, "what these texts need"},
	{"stacks", HU_LIMIT_COUNT, AT(caps.stacks), 4000000000, "different frames of a bundle"},
	{"stack-depth", HU_LIMIT_COUNT, AT(caps.depth), 60000, "frames of one stack"},
	{"tasks", HU_LIMIT_COUNT, AT(caps.tasks), BIG, "different tasks of one member"},
	{"locks", HU_LIMIT_COUNT, AT(caps.locks), BIG, "different locks of one member"},
	{NULL, HU_LIMIT_COUNT, 0, 0, NULL},
};

static int64_t *value_of(struct hu_limits *limits, const struct hu_limit *limit)
{
	return (int64_t *)(void *)((char *)limits + limit->at);
}

/* "2G" of bytes, "90s" or "10min" of seconds; -1: it is nothing like that. */
static int64_t read_value(struct hu_str text, enum hu_limit_unit unit)
{
	static const struct {
		enum hu_limit_unit unit;
		const char *suffix;
		int64_t times;
	} suffixes[] = {
		{HU_LIMIT_BYTES, "K", 1 << 10}, {HU_LIMIT_BYTES, "M", 1 << 20},
		{HU_LIMIT_BYTES, "G", 1 << 30}, {HU_LIMIT_BYTES, "T", INT64_C(1) << 40},
		{HU_LIMIT_SECONDS, "min", 60},	{HU_LIMIT_SECONDS, "s", 1},
		{HU_LIMIT_SECONDS, "h", 3600},
	};
	int64_t times = 1, value = 0;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (suffixes[i].unit == unit && hu_str_ends(text, suffixes[i].suffix)) {
			times = suffixes[i].times;
			text.len -= strlen(suffixes[i].suffix);
			break;
		}
	if (!text.len || text.len > 16)
		return -1;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return -1;
		value = value * 10 + (text.at[i] - '0');
	}
	return value > BIG / times ? BIG + 1 : value * times;
}

struct hu_err *hu_limits_set(struct hu_limits *limits, const char *text)
{
	struct hu_str value = hu_str(text), name = hu_str_split(&value, '=');

	for (const struct hu_limit *l = hu_limit_table; l->name; l++) {
		if (!hu_str_is(name, l->name))
			continue;
		int64_t n = read_value(value, l->unit);
		if (n < 1 || n > l->most)
			return hu_err(HU_ERR_USAGE, "--limit %s: %s wants %s from 1 to %" PRId64,
				      text, l->name,
				      l->unit == HU_LIMIT_BYTES
					      ? "bytes (K, M, G and T behind the number are known)"
				      : l->unit == HU_LIMIT_SECONDS ? "seconds (or 10min, 2h)"
								    : "a number",
				      l->most);
		*value_of(limits, l) = n;
		return NULL;
	}
	HU_CLEANUP(hu_out_deinit) struct hu_out names = {0};
	for (const struct hu_limit *l = hu_limit_table; l->name; l++)
		hu_out_printf(&names, "%s%s", l == hu_limit_table ? "" : ", ", l->name);
	return hu_err(HU_ERR_USAGE, "--limit %s: there is no such limit, but %s", text, names.at);
}

void hu_limit_put(const struct hu_limit *limit, const struct hu_limits *limits, struct hu_out *to)
{
	int64_t value;

	memcpy(&value, (const char *)limits + limit->at, sizeof(value));
	if (limit->unit == HU_LIMIT_BYTES) {
		static const char units[] = " KMGT";
		size_t unit = 0;
		while (value && value % 1024 == 0 && unit < 4) {
			value /= 1024;
			unit++;
		}
		hu_out_printf(to, "%" PRId64, value);
		if (unit)
			hu_out_putc(to, units[unit]);
	} else {
		hu_out_printf(to, "%" PRId64 "%s", value,
			      limit->unit == HU_LIMIT_SECONDS ? "s" : "");
	}
}
