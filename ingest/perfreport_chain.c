/*
 * Trees of callers in the four forms that perf draws:
 *
 *   graph, caller, callee              flat                       folded
 *             |                              1.06%                6.78% a;b;c
 *             ---a                                a
 *                b                                b
 *                |--0.81%--c
 *                |          d
 *                 --0.76%--e
 *
 * A branch begins with "--" and its share, a percentage or a count; what it leads to stands under
 * its first name, one column on. Branches come with the largest share first, so the hottest way is
 * all that stands above the first branch that does not lead on from the one before it.
 */
#include "ingest/perfreport_chain.h"

void hu_perf_chain_deinit(struct hu_perf_chain *chain)
{
	hu_out_deinit(&chain->names);
}

void hu_perf_chain_clear(struct hu_perf_chain *chain)
{
	hu_out_clear(&chain->names);
	chain->count = chain->branch = 0;
	chain->begun = chain->done = chain->counts = false;
	chain->share = -1;
}

size_t hu_perf_chain_count(const struct hu_perf_chain *chain)
{
	return chain->count;
}

static void add(struct hu_perf_chain *chain, struct hu_str name)
{
	name = hu_str_trim(name);
	if (chain->done || !name.len || chain->count >= 256)
		return;
	if (chain->names.len)
		hu_out_putc(&chain->names, ';');
	hu_out_str(&chain->names, name);
	chain->count++;
}

/* "5.89%", "39": in hundredths of a percent, or a count; false if it is neither. */
static bool share(struct hu_str s, int64_t *ret, bool *counts)
{
	*counts = !hu_str_ends(s, "%");
	if (*counts)
		return hu_str_i64(s, ret) && *ret >= 0;
	s.len--;
	return hu_str_fixed(s, 2, ret) && *ret >= 0;
}

static void take_branch(struct hu_perf_chain *chain, size_t column, int64_t size, bool counts,
			struct hu_str name)
{
	if (chain->begun && column <= chain->branch)
		chain->done = true;
	if (chain->done)
		return;
	chain->branch = column;
	chain->begun = true;
	chain->share = size;
	chain->counts = counts;
	add(chain, name);
}

static bool take_folded(struct hu_perf_chain *chain, struct hu_str line)
{
	struct hu_str rest = line, word = hu_str_word(&rest);
	int64_t size;
	bool counts;

	if (*line.at == ' ' || *line.at == '\t' || !share(word, &size, &counts))
		return false;
	rest = hu_str_trim(rest);
	if (!rest.len)
		return false;
	if (!chain->count) {
		chain->share = size;
		chain->counts = counts;
		while (rest.len)
			add(chain, hu_str_split(&rest, ';'));
	}
	chain->done = true;
	return true;
}

bool hu_perf_chain_take(struct hu_perf_chain *chain, struct hu_str line)
{
	size_t i = 0;
	int64_t size;
	bool counts;

	if (take_folded(chain, line))
		return true;
	while (i < line.len && (line.at[i] == ' ' || line.at[i] == '|'))
		i++;
	if (i < 8)
		return false;
	struct hu_str rest = hu_str_skip(line, i);
	if (!rest.len)
		return true;
	if (hu_str_starts(rest, "---")) {
		if (chain->begun)
			chain->done = true;
		chain->begun = true;
		chain->branch = i;
		add(chain, hu_str_skip(rest, 3));
		return true;
	}
	if (hu_str_starts(rest, "--")) {
		struct hu_str after = hu_str_skip(rest, 2);
		ptrdiff_t dashes = hu_str_find(after, "--");
		if (dashes > 0 &&
		    share((struct hu_str){after.at, (size_t)dashes}, &size, &counts)) {
			take_branch(chain, i, size, counts, hu_str_skip(after, (size_t)dashes + 2));
			return true;
		}
	}
	if (share(rest, &size, &counts)) { /* flat */
		if (chain->begun)
			chain->done = true;
		chain->begun = true;
		if (!chain->done) {
			chain->share = size;
			chain->counts = counts;
		}
		return true;
	}
	if (chain->begun && i < chain->branch)
		chain->done = true;
	add(chain, rest);
	return true;
}

void hu_perf_chain_blank(struct hu_perf_chain *chain)
{
	if (chain->count)
		chain->done = true;
}
