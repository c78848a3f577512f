/*
 * What sar, mpstat and pidstat do differently with the same kind of table: which lines are headers,
 * which columns say what a row is about, and under which names the numbers go.
 *
 * Sources: sysstat's activity.c (hdr_line), pr_stats.c, mpstat.c, pidstat.c.
 */
#include "ingest/sar.h"

static bool one_of(struct hu_str word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (hu_str_is(word, list[i]))
			return true;
	return false;
}
#define ONE_OF(word, list) one_of(word, list, sizeof(list) / sizeof((list)[0]))

bool hu_sar_is_key(struct hu_str column)
{
	static const char *const keys[] = {"CPU",    "DEV",    "IFACE",	     "INTR",
					   "TTY",    "BUS",    "FILESYSTEM", "MOUNTPOINT",
					   "FCHOST", "DEVICE", "BAT"};

	return ONE_OF(column, keys);
}

static bool is_name(struct hu_str word)
{
	char c = word.len ? *word.at | 32 : 0;

	return (c >= 'a' && c <= 'z') || (word.len && *word.at == '%');
}

bool hu_sar_is_header(struct hu_str columns)
{
	/* Activities of which no column is a rate or a share. */
	static const char *const plain[] = {"runq-sz", "dentunusd", "totsck", "tcp6sck", "MHz",
					    "wghMHz",  "tps",	    "FAN",    "TEMP",	 "IN"};
	bool known = false;
	size_t count = 0;

	for (;; count++) {
		struct hu_str word = hu_str_word(&columns);
		if (!word.len)
			break;
		if (!is_name(word))
			return false;
		/* pidstat prints tables of the same form, about tasks. */
		if (hu_str_is(word, "PID") || hu_str_is(word, "Command"))
			return false;
		/* With --pretty what a row is about comes last. */
		bool end = !count || !hu_str_trim(columns).len;
		known |= hu_str_ends(word, "/s") || *word.at == '%' || hu_str_starts(word, "kb") ||
			 hu_str_starts(word, "MB") || (end && hu_sar_is_key(word)) ||
			 ONE_OF(word, plain);
	}
	return known && count;
}

bool hu_sar_is_unknown_header(struct hu_str columns)
{
	size_t count = 0;

	for (struct hu_str word; (word = hu_str_word(&columns)).len; count++)
		if (!is_name(word))
			return false;
	return count > 1;
}

/* Tables of devices whose fields are words and numbers without an order that we could keep. */
static bool sar_reads(struct hu_str columns)
{
	return hu_str_find(columns, "idvendor") < 0;
}

static enum hu_sar_role sar_role(struct hu_str column)
{
	/* Of a battery: "Charging". */
	if (hu_str_is(column, "status"))
		return HU_SAR_IGNORED;
	return hu_sar_is_key(column) ? HU_SAR_DEVICE : HU_SAR_VALUE;
}

const struct hu_sar_dialect hu_sar_dialect = {
	.family = "sar.",
	.row = "sar row",
	.average = "sar average",
	.is_header = hu_sar_is_header,
	.reads = sar_reads,
	.role = sar_role,
};

/* mpstat ---------------------------------------------------------------------------------------
 */

static bool mpstat_is_header(struct hu_str columns)
{
	struct hu_str first = hu_str_word(&columns), word;
	size_t rates = 0, shares = 0;

	if (!hu_str_is(first, "CPU") && !hu_str_is(first, "NODE"))
		return false; /* a core's topology follows, then what was measured */
	while ((word = hu_str_word(&columns)).len) {
		if (!hu_str_ends(word, "/s") && *word.at != '%' && !hu_str_is(word, "NODE") &&
		    !hu_str_is(word, "SOCK") && !hu_str_is(word, "CORE"))
			return false;
		rates += hu_str_ends(word, "/s");
		shares += *word.at == '%';
	}
	return rates || shares;
}

bool hu_mpstat_is_own_header(struct hu_str columns)
{
	ptrdiff_t irq = hu_str_find(columns, " %irq "), steal = hu_str_find(columns, " %steal ");

	/* sar has the same shares, in another order, and rates of the network behind a CPU. */
	return mpstat_is_header(columns) &&
	       (steal < 0 ? irq > 0 || hu_str_find(columns, "dropd/s") < 0
			  : irq >= 0 && irq < steal) &&
	       hu_str_find(columns, "%user") < 0;
}

static enum hu_sar_role mpstat_role(struct hu_str column)
{
	if (hu_str_is(column, "CPU"))
		return HU_SAR_DEVICE;
	if (hu_str_is(column, "NODE"))
		return HU_SAR_NODE;
	return hu_str_is(column, "SOCK") || hu_str_is(column, "CORE") ? HU_SAR_IGNORED
								      : HU_SAR_VALUE;
}

const struct hu_sar_dialect hu_mpstat_dialect = {
	.family = "mpstat.",
	.row = "mpstat row",
	.average = "mpstat average",
	.since_boot = "mpstat average since boot",
	.is_header = mpstat_is_header,
	.role = mpstat_role,
};

/* pidstat --------------------------------------------------------------------------------------
 */

bool hu_pidstat_is_header(struct hu_str columns)
{
	bool task = false, command = false;

	for (struct hu_str word; (word = hu_str_word(&columns)).len;) {
		if (!is_name(word))
			return false;
		task |= hu_str_is(word, "PID") || hu_str_is(word, "TGID");
		command = hu_str_is(word, "Command");
	}
	return task && command;
}

static enum hu_sar_role pidstat_role(struct hu_str column)
{
	/* Who it belongs to and where it ran last: not measured. */
	static const char *const ignored[] = {"UID", "USER", "CPU", "policy"};

	if (hu_str_is(column, "Command"))
		return HU_SAR_DEVICE;
	if (hu_str_is(column, "PID") || hu_str_is(column, "TGID") || hu_str_is(column, "TID"))
		return HU_SAR_TASK;
	return ONE_OF(column, ignored) ? HU_SAR_IGNORED : HU_SAR_VALUE;
}

const struct hu_sar_dialect hu_pidstat_dialect = {
	.family = "pidstat.",
	.row = "pidstat row",
	.average = "pidstat average",
	.since_boot = "pidstat average since boot",
	.is_header = hu_pidstat_is_header,
	.role = pidstat_role,
};
