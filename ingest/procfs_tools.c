/*
 * What tools print of the same files: free, slabtop -o, vmstat -m, -s and -D, numastat -m. Loops
 * that take snapshots call these as often as they read /proc.
 *
 * Sources: procps-ng's free.c, slabtop.c, vmstat.c (3.3 to 4.0); numactl's numastat.c.
 */
#include "ingest/procfs.h"

#include <string.h>

static bool whole(struct hu_str text, uint64_t *ret)
{
	return hu_str_u64(text, 10, ret);
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* free -----------------------------------------------------------------------------------------
 */

/*
 * "24684084", "8.7Mi", "8,7Mi", "0B" in bytes, or in what it counts (*plain). "8.7M" is 2^20 in old
 * procps and 10^6 with --si: *plain is false, and the result is negative.
 */
static bool amount(struct hu_str word, double *bytes, bool *plain)
{
	static const char powers[] = "BKMGTPE";
	struct hu_str number = word;
	int64_t value;
	double scale = 1;

	while (number.len && !digit(number.at[number.len - 1]))
		number.len--;
	struct hu_str unit = hu_str_skip(word, number.len);
	if (!hu_str_fixed(number, 3, &value) || value < 0)
		return false;
	*plain = !unit.len;
	if (unit.len) {
		const char *power = *unit.at ? strchr(powers, *unit.at) : NULL;
		bool binary = unit.len == 2 && unit.at[1] == 'i';
		if (!power || (unit.len > 1 && !binary))
			return false;
		for (; power > powers; power--)
			scale *= 1024;
		if (scale > 1 && !binary)
			scale = -scale;
	}
	*bytes = (double)value / 1000 * scale;
	return true;
}

static size_t amounts(struct hu_str line)
{
	double bytes;
	bool plain;
	size_t n = 0;

	for (struct hu_str word; (word = hu_str_word(&line)).len; n++)
		if (!amount(word, &bytes, &plain))
			return 0;
	return n;
}

/* "               total        used        free …" in any language: words alone, far to the right.
 */
static bool free_header(struct hu_str line)
{
	size_t blanks = 0, n = 0;

	while (blanks < line.len && line.at[blanks] == ' ')
		blanks++;
	for (struct hu_str word; (word = hu_str_word(&line)).len; n++)
		for (size_t i = 0; i < word.len; i++)
			if (digit(word.at[i]) || strchr(":=,()%<>[]|", word.at[i]))
				return false;
	return blanks >= 10 && (n == 6 || n == 7);
}

bool hu_procfs_is_free(struct hu_str line, enum hu_procfs_kind before)
{
	struct hu_str rest = line, label = hu_str_word(&rest);

	if (hu_str_is(label, "SwapUse"))
		return hu_str_find(line, " MemFree ") > 0;
	if (free_header(line))
		return true;
	if (before != HU_PROC_FREE)
		return false;
	if (hu_str_is(label, "-/+"))
		return true;
	/* French and Chinese put a blank before it, or have a colon of their own. */
	return (hu_str_ends(label, ":") || hu_str_ends(label, "\xef\xbc\x9a") ||
		hu_str_is(hu_str_word(&rest), ":")) &&
	       amounts(rest) >= 2;
}

/*
 * Numbers without a unit are KiB, if they can be: of a machine's memory all are then multiples of a
 * page. With -b they are multiples of its bytes. Of -m and -g nothing tells which.
 */
static double unit_of(struct hu_str numbers)
{
	enum { LEAST_KIB = 65536, PAGE = 4096 };
	uint64_t value, total = 0;
	bool bytes = true, kib = true;

	for (struct hu_str word; (word = hu_str_word(&numbers)).len;) {
		if (!whole(word, &value))
			return 1;
		total = value > total ? value : total;
		bytes &= value % PAGE == 0;
		kib &= value % (PAGE / 1024) == 0;
	}
	return bytes && total >= LEAST_KIB * UINT64_C(1024) ? 1
	       : kib && total >= LEAST_KIB		    ? 1024
							    : -1;
}

static void put_free(struct hu_procfs *p, const char *row, struct hu_str column, struct hu_str word)
{
	double value;
	bool plain;

	if (!amount(word, &value, &plain))
		return;
	if (plain)
		value *= p->free_unit;
	if (value < 0) {
		p->unclear++;
		return;
	}
	hu_out_puts(hu_procfs_name(p, "free."), row);
	hu_out_putc(&p->name, '.');
	hu_out_str(&p->name, column);
	hu_procfs_value(p, value, false);
}

static void free_row(struct hu_procfs *p, struct hu_str label, struct hu_str rest)
{
	static const char *const six[] = {"total",  "used",	  "free",
					  "shared", "buff/cache", "available"};
	static const char *const seven[] = {"total",   "used",	"free",	    "shared",
					    "buffers", "cache", "available"};
	static const char *const old[] = {"total", "used", "free", "shared", "buffers", "cached"};
	const char *row = NULL;

	if (p->free_row == 0) {
		row = "mem";
		p->free_unit = unit_of(rest);
	} else if (hu_str_is(label, "Swap:") ||
		   (p->free_row == 1 && !hu_str_is(label, "Low:") && !hu_str_is(label, "-/+"))) {
		row = "swap";
	} else if (hu_str_is(label, "Comm:")) {
		row = "commit";
	}
	p->free_row++;
	if (!row || hu_str_is(label, "-/+")) {
		p->unused[HU_PROC_FREE]++;
		return;
	}
	const char *const *names = p->free_columns == 7 ? seven : p->free_old ? old : six;
	size_t most = p->free_columns == 7 ? 7 : 6;
	for (size_t i = 0; i < most; i++)
		put_free(p, row, hu_str(names[i]), hu_str_word(&rest));
	p->used[HU_PROC_FREE]++;
}

void hu_procfs_put_free(struct hu_procfs *p, struct hu_str line)
{
	/* free -L, and what its columns are in the long form */
	static const struct {
		const char *word, *row, *column;
	} names[] = {{"SwapUse", "swap", "used"},
		     {"CachUse", "mem", "buff/cache"},
		     {"MemUse", "mem", "used"},
		     {"MemFree", "mem", "free"}};
	struct hu_str rest = line, label = hu_str_word(&rest);

	if (hu_str_is(label, "SwapUse")) {
		rest = line;
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			struct hu_str word = hu_str_word(&rest), number = hu_str_word(&rest);
			if (!hu_str_is(word, names[i].word))
				break;
			p->free_unit = unit_of(number);
			put_free(p, names[i].row, hu_str(names[i].column), number);
		}
		p->used[HU_PROC_FREE]++;
	} else if (free_header(line)) {
		p->free_row = 0;
		p->free_columns = 0;
		for (rest = line; hu_str_word(&rest).len;)
			p->free_columns++;
		/* Before procps 3.3.10 the cache was among what is used, and shown apart. */
		p->free_old = p->free_columns == 6 && hu_str_ends(hu_str_trim(line), " cached");
		p->unused[HU_PROC_FREE]++;
	} else {
		if (!hu_str_ends(label, ":") && !hu_str_is(label, "-/+")) {
			struct hu_str colon = rest;
			if (hu_str_is(hu_str_word(&colon), ":"))
				rest = colon;
		}
		free_row(p, label, rest);
	}
}

/* slabtop -o, vmstat -m -------------------------------------------------------------------------
 */

static void put_slab(struct hu_procfs *p, struct hu_str cache, struct hu_str active)
{
	uint64_t value;

	if (!whole(active, &value))
		return;
	hu_out_str(hu_procfs_name(p, "proc.slab."), cache);
	hu_out_puts(&p->name, ".active");
	hu_procfs_value(p, (double)value, false);
	p->used[HU_PROC_SLABTOP]++;
}

/* "632229 615935  97%    0.10K  16211       39     64844K buffer_head" */
static bool slabtop_row(struct hu_str line, struct hu_str *cache, struct hu_str *active)
{
	uint64_t value;

	if (!whole(hu_str_word(&line), &value))
		return false;
	*active = hu_str_word(&line);
	if (!whole(*active, &value) || !hu_str_ends(hu_str_word(&line), "%") ||
	    !hu_str_ends(hu_str_word(&line), "K") || !whole(hu_str_word(&line), &value) ||
	    !whole(hu_str_word(&line), &value) || !hu_str_ends(hu_str_word(&line), "K"))
		return false;
	*cache = hu_str_trim(line);
	return cache->len > 0;
}

/* "dentry   446147 446187    192     21" */
static bool vmstat_m_row(struct hu_str line, struct hu_str *cache, struct hu_str *active)
{
	uint64_t value;

	*cache = hu_str_word(&line);
	*active = hu_str_word(&line);
	return cache->len && whole(*active, &value) && whole(hu_str_word(&line), &value) &&
	       whole(hu_str_word(&line), &value) && whole(hu_str_word(&line), &value) &&
	       !hu_str_trim(line).len;
}

static bool slab_header(struct hu_str line)
{
	static const char *const words[] = {"Cache", "Num", "Total", "Size", "Pages"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!hu_str_is(hu_str_word(&line), words[i]))
			return false;
	return true;
}

bool hu_procfs_is_slabtop(struct hu_str line, enum hu_procfs_kind before)
{
	struct hu_str text = hu_str_trim(line), cache, active;

	if (hu_str_starts(text, "Active / Total Objects (% used)") || slab_header(text))
		return true;
	return before == HU_PROC_SLABTOP &&
	       (hu_str_starts(text, "Active / Total ") ||
		hu_str_starts(text, "Minimum / Average / Maximum Object") ||
		hu_str_starts(text, "OBJS ACTIVE ") || slabtop_row(line, &cache, &active) ||
		vmstat_m_row(line, &cache, &active));
}

void hu_procfs_put_slabtop(struct hu_procfs *p, struct hu_str line)
{
	struct hu_str cache, active;

	if (!slab_header(hu_str_trim(line)) &&
	    (slabtop_row(line, &cache, &active) || vmstat_m_row(line, &cache, &active)))
		put_slab(p, cache, active);
	else
		p->unused[HU_PROC_SLABTOP]++;
}

/* vmstat -s, vmstat -D --------------------------------------------------------------------------
 */

/* "     24684084 K total memory", "       553514 non-nice user cpu ticks" */
static bool sum_row(struct hu_str line, uint64_t *value, char *unit, struct hu_str *words)
{
	if (!line.len || *line.at != ' ' || !whole(hu_str_word(&line), value))
		return false;
	*words = hu_str_trim(line);
	*unit = 0;
	if (words->len > 2 && words->at[1] == ' ' && strchr("KkMmBb", *words->at)) {
		*unit = *words->at;
		*words = hu_str_trim(hu_str_skip(*words, 2));
	}
	for (size_t i = 0; i < words->len; i++) {
		char c = words->at[i] | 32;
		if (!(c >= 'a' && c <= 'z') && c != ' ' && c != '-')
			return false;
	}
	return words->len > 4;
}

bool hu_procfs_is_sums(struct hu_str line, enum hu_procfs_kind before)
{
	struct hu_str words;
	uint64_t value;
	char unit;

	if (!sum_row(line, &value, &unit, &words))
		return false;
	return before == HU_PROC_SUMS || hu_str_is(words, "total memory") ||
	       hu_str_is(words, "disks");
}

void hu_procfs_put_sums(struct hu_procfs *p, struct hu_str line)
{
	static const char *const levels[] = {"boot time", "disks", "partitions", "inprogress IO"};
	struct hu_str words;
	uint64_t value;
	char unit;

	if (!sum_row(line, &value, &unit, &words))
		return;
	/* vmstat -S: k and m are thousands, K and M powers of two */
	double scale = unit == 'K'   ? 1024
		       : unit == 'k' ? 1000
		       : unit == 'M' ? 1048576
		       : unit == 'm' ? 1e6
				     : 1;
	/* "52478665 K paged in" is a total all the same. */
	bool running = !unit || hu_str_find(words, "paged ") == 0;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		running &= !hu_str_is(words, levels[i]);
	struct hu_out *out = hu_procfs_name(p, "vmstat.sum.");
	for (size_t i = 0; i < words.len; i++)
		hu_out_putc(out, words.at[i] == ' ' ? '_' : words.at[i]);
	hu_procfs_value(p, (double)value * scale, running);
	p->used[HU_PROC_SUMS]++;
}

/* numastat -m -----------------------------------------------------------------------------------
 */

static bool numa_nodes(struct hu_str line, struct hu_procfs *p)
{
	size_t n = 0;
	uint64_t node;
	struct hu_str word;

	while (hu_str_is(word = hu_str_word(&line), "Node")) {
		if (!whole(hu_str_word(&line), &node))
			return false;
		if (p && n < sizeof(p->nodes) / sizeof(p->nodes[0]))
			p->nodes[n] = (uint16_t)node;
		n++;
	}
	if (!n || (word.len && !hu_str_is(word, "Total")))
		return false;
	if (p)
		p->node_count = n < sizeof(p->nodes) / sizeof(p->nodes[0])
					? n
					: sizeof(p->nodes) / sizeof(p->nodes[0]);
	return true;
}

bool hu_procfs_is_numa(struct hu_str line, enum hu_procfs_kind before)
{
	int64_t value;

	if (hu_str_starts(line, "Per-node system memory usage (in MBs)"))
		return true;
	if (before != HU_PROC_NUMA)
		return false;
	if (hu_str_starts(line, "Token ") || numa_nodes(line, NULL) ||
	    hu_str_starts(hu_str_trim(line), "-----"))
		return true;
	(void)hu_str_word(&line);
	return hu_str_fixed(hu_str_word(&line), 2, &value);
}

void hu_procfs_put_numa(struct hu_procfs *p, struct hu_str line)
{
	int64_t value;

	if (numa_nodes(line, p) || hu_str_starts(line, "Per-node") ||
	    hu_str_starts(line, "Token ") || hu_str_starts(hu_str_trim(line), "-----")) {
		p->unused[HU_PROC_NUMA]++;
		return;
	}
	struct hu_str key = hu_str_word(&line);
	bool pages = hu_str_starts(key, "HugePages_");
	for (size_t i = 0; i < p->node_count; i++) {
		if (!hu_str_fixed(hu_str_word(&line), 2, &value))
			break;
		hu_out_printf(hu_procfs_name(p, "numa."), "%u.", p->nodes[i]);
		hu_out_str(&p->name, key);
		hu_procfs_value(p, pages ? (double)value / 100 : (double)value / 100 * 1048576,
				false);
	}
	p->used[HU_PROC_NUMA]++;
}
