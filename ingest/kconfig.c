/*
 * The configuration that a kernel was built with: /boot/config-*, /proc/config.gz. Some 10,000
 * lines; the options that are set become aggregate rows (table "config", key "CONFIG_HZ=250"), so
 * that a known fix may ask for any of them.
 */
#include "db/text.h"
#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/tell.h"

#include <string.h>

/* No kernel has a tenth as many options. */
enum { LONGEST_LINE = 4096, MOST_LINES = 200000 };

/* "CONFIG_PREEMPT=y", "CONFIG_HZ=250"; not "# CONFIG_X is not set". */
static bool setting(struct hu_str line)
{
	size_t i = strlen("CONFIG_");

	if (!hu_str_starts(line, "CONFIG_"))
		return false;
	for (; i < line.len && line.at[i] != '='; i++)
		if (!(line.at[i] == '_' || (line.at[i] >= '0' && line.at[i] <= '9') ||
		      (line.at[i] >= 'A' && line.at[i] <= 'Z') ||
		      (line.at[i] >= 'a' && line.at[i] <= 'z')))
			return false;
	/* scripts/kconfig/symbol.c, escape_string_value(): a text ends with its quote. */
	bool quoted = i + 1 < line.len && line.at[i + 1] == '"';
	return i > strlen("CONFIG_") && i + 1 < line.len &&
	       (!quoted || (line.len > i + 2 && hu_str_ends(line, "\"")));
}

static bool unset(struct hu_str line)
{
	return hu_str_starts(line, "# CONFIG_") && hu_str_ends(line, " is not set");
}

/* scripts/kconfig: "# Linux/x86 6.1.192 Kernel Configuration" */
static struct hu_str version_of(struct hu_str line)
{
	const struct hu_str none = {NULL, 0};

	if (!hu_str_starts(line, "# Linux") || !hu_str_ends(line, " Kernel Configuration"))
		return none;
	line.len -= strlen(" Kernel Configuration");
	struct hu_str version = hu_str_last_word(&line);
	return version.len && version.at[0] >= '0' && version.at[0] <= '9' ? version : none;
}

struct walk {
	struct hu_sink *to;
	uint64_t pos, set, unset, strange, first_strange;
};

static void take_line(struct walk *w, struct hu_str line)
{
	if (setting(line)) {
		const struct hu_aggregate row = {
			.ts = HU_OPEN,
			.pos = w->pos,
			.low = HU_OPEN,
			.high = HU_OPEN,
			.count = HU_UNCOUNTED,
			.total = HU_NONE,
			.table = hu_internz(w->to, "config"),
			.key = hu_intern(w->to, line),
		};
		hu_put_aggregate(w->to, &row);
		w->set++;
	} else if (unset(line)) {
		w->unset++;
	} else if (line.len && (line.at[0] != '#' || hu_str_starts(line, "# CONFIG_")) &&
		   !w->strange++) {
		w->first_strange = w->pos;
	}
}

static struct hu_err *kconfig_read(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct walk w = {.to = to};
	struct hu_err *err = hu_mapped_open(path, &file);
	struct hu_str version = {NULL, 0};

	if (err)
		return err;
	struct hu_str rest = file.text, line;
	bool cut = file.text.len && file.text.at[file.text.len - 1] != '\n';
	while (w.pos < MOST_LINES && hu_str_line(&rest, &line)) {
		w.pos++;
		line = hu_str_trim(line);
		if (!version.len && (version = version_of(line)).len)
			hu_put_fact(to, "config.version", version);
		if (cut && !rest.len)
			break; /* half a value is a wrong value */
		if (line.len <= LONGEST_LINE)
			take_line(&w, line);
		else if (!w.strange++)
			w.first_strange = w.pos;
	}
	hu_tell_strange(to, w.strange, w.first_strange, "lines that are no settings");
	if (w.set)
		hu_put_event_count(to, hu_str("option set"), w.set, true);
	if (w.unset)
		hu_put_event_count(to, hu_str("option not set"), w.unset, false);
	hu_put_totals(to, w.set + w.unset, file.text.len);
	if (!w.set)
		return hu_err(HU_ERR_BAD_INPUT, "holds no setting of a kernel");
	if (cut || rest.len)
		return hu_err(HU_ERR_BAD_INPUT,
			      "the file ends inside line %llu: what follows is "
			      "missing",
			      (unsigned long long)w.pos);
	return NULL;
}

static enum hu_match kconfig_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line;
	unsigned good = 0, bad = 0;
	bool head = false;

	if (in->is_dir)
		return HU_MATCH_NO;
	while (rest.len && memchr(rest.at, '\n', rest.len) && hu_str_line(&rest, &line)) {
		line = hu_str_trim(line);
		head |= version_of(line).len > 0;
		if (setting(line) || unset(line))
			good++;
		else
			bad += line.len && line.at[0] != '#';
	}
	return good && bad * 16 <= good && (head || good >= 8) ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_kconfig = {
	.name = "kconfig",
	.reads = "a kernel's configuration: /boot/config-*, /proc/config.gz",
	.clock = HU_CLOCK_NONE,
	.probe = kconfig_probe,
	.read = kconfig_read,
};
