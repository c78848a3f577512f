/*
 * Finds boots in one pass over the stamps, before anything is put: which boot's stamps count is
 * known only at the end. A log has one boot as a rule; a serial console or a syslog file has some,
 * and hostile files have one per line.
 */
#include "ingest/kmsg_boots.h"
#include "ingest/kmsg.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAX_BOOTS = 4096,
	COMPARED = 16, /* boots that are held against what came before */
	SAMPLE = 16,   /* lines of each */
	MAX_PIECES = 64,
	WINDOW = 4 * 1 << 20 /* bytes of what came before */
};
#define JUMP_BACK (10 * HU_NS_PER_S) /* secondary CPUs boot with a stamp or two from the past */

void hu_kmsg_boots_add(struct hu_kmsg_boots *boots, const struct hu_kmsg_boot *boot)
{
	if (boots->count >= MAX_BOOTS) {
		boots->mixed = true;
		return;
	}
	if (boots->count == boots->cap) {
		boots->cap = boots->cap ? boots->cap * 2 : 8;
		boots->at = hu_realloc(boots->at, boots->cap * sizeof(*boots->at));
	}
	boots->at[boots->count++] = *boot;
	if (boot->run >= boots->runs)
		boots->runs = boot->run + 1;
}

void hu_kmsg_boots_deinit(struct hu_kmsg_boots *boots)
{
	free(boots->at);
	*boots = (struct hu_kmsg_boots){0};
}

/* A line from its stamp on; false: it has none that tells boots apart (0.000000 is in all). */
static bool stamped(struct hu_str line, hu_ns *ret, struct hu_str *text)
{
	struct hu_kmsg_calendar calendar = {0};
	struct hu_kmsg_line got;
	ptrdiff_t at;

	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	hu_kmsg_unstamp(&calendar, line, &got);
	if (got.printk == HU_OPEN && got.wall == HU_OPEN && (at = hu_kmsg_find_stamp(line)) > 0) {
		line = hu_str_skip(line, (size_t)at);
		hu_kmsg_unstamp(&calendar, line, &got);
	}
	*ret = got.printk;
	*text = got.text;
	return got.printk != HU_OPEN;
}

/* Looks through the end of `in`, as far as *budget bytes reach. */
static const char *find(struct hu_str in, struct hu_str what, size_t *budget)
{
	if (in.len > *budget)
		in = hu_str_skip(in, in.len - *budget);
	*budget -= in.len;
	return in.len < what.len ? NULL : memmem(in.at, in.len, what.at, what.len);
}

/* Most of the first lines of `rest`, stamps and all, stand above it: *found is one of them. */
static bool was_there(const struct hu_kmsg_pieces *pieces, size_t piece, struct hu_str rest,
		      const char **found)
{
	const char *here = rest.at;
	unsigned checked = 0, equal = 0;
	struct hu_str line, text;
	hu_ns ts;

	while (checked < SAMPLE && hu_str_line(&rest, &line)) {
		if (!stamped(line, &ts, &text) || ts <= 0 || line.len < 24)
			continue;
		size_t budget = WINDOW;
		const char *hit = find((struct hu_str){pieces->at[piece].text.at,
						       (size_t)(here - pieces->at[piece].text.at)},
				       line, &budget);
		for (size_t i = 0; i < piece && i < MAX_PIECES && !hit; i++)
			hit = find(pieces->at[i].text, line, &budget);
		checked++;
		equal += hit != NULL;
		*found = hit ? hit : *found;
	}
	return checked && equal * 2 > checked;
}

/* Whose run that place is of. */
static uint32_t run_of(const struct hu_kmsg_boots *boots, const char *place)
{
	const struct hu_kmsg_boot *best = NULL;

	for (size_t i = 0; i < boots->count; i++) {
		const struct hu_kmsg_boot *boot = &boots->at[i];
		if (boot->line.at <= place && (!best || boot->line.at > best->line.at))
			best = boot;
	}
	return best ? best->run : boots->at[boots->count - 1].run;
}

static void add(const struct hu_kmsg_pieces *pieces, size_t piece, struct hu_str from, uint64_t pos,
		enum hu_kmsg_boot_kind kind, struct hu_kmsg_boots *ret)
{
	struct hu_str first = {0}, rest = from;
	hu_str_line(&rest, &first);
	struct hu_kmsg_boot boot = {pos, first, ret->runs, kind};
	const char *found = NULL;

	if (ret->count && ret->count <= COMPARED && kind != HU_KMSG_BOOT_NAMED &&
	    was_there(pieces, piece, from, &found)) {
		boot.kind = HU_KMSG_BOOT_COPY;
		boot.run = run_of(ret, found);
	}
	hu_kmsg_boots_add(ret, &boot);
}

void hu_kmsg_boots_find(const struct hu_kmsg_pieces *pieces, struct hu_kmsg_boots *ret)
{
	hu_ns last = HU_OPEN;
	bool content = false;

	*ret = (struct hu_kmsg_boots){0};
	for (size_t i = 0; i < pieces->count; i++) {
		struct hu_str rest = pieces->at[i].text, line, text;
		uint64_t pos = pieces->at[i].pos;
		if (!i)
			add(pieces, i, rest, pos + 1, HU_KMSG_BOOT_FIRST, ret);
		for (struct hu_str from = rest; hu_str_line(&rest, &line); from = rest) {
			hu_ns ts;
			pos++;
			/* journalctl, output_short() and its kin */
			if (hu_str_starts(line, "-- Boot ") || hu_str_is(line, "-- Reboot --")) {
				last = HU_OPEN;
				if (content)
					add(pieces, i, from, pos, HU_KMSG_BOOT_NAMED, ret);
				continue;
			}
			content |= !hu_str_starts(line, "-- ");
			if (!stamped(line, &ts, &text))
				continue;
			bool back = last != HU_OPEN && ts < last;
			if (back && hu_str_starts(text, "Linux version "))
				add(pieces, i, from, pos, HU_KMSG_BOOT_BANNER, ret);
			else if (back && last - ts >= JUMP_BACK)
				add(pieces, i, from, pos, HU_KMSG_BOOT_JUMP, ret);
			last = ts;
		}
	}
}
