/* The counts of a campaign: a file of tabs with a line per capture and harm, and the tables of it.
 */
#include "tests/torture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support.h"

enum { WIDE = 5 + HU_WRONGS };

struct hu_tally *hu_tally_of(struct hu_tallies *all, const char *name, const char *group,
			     enum hu_harm harm)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].harm == harm && strcmp(all->at[i].name, name) == 0)
			return &all->at[i];
	all->at = hu_realloc(all->at, (all->count + 1) * sizeof(*all->at));
	all->at[all->count] = (struct hu_tally){
		.name = hu_strdup(hu_str(name)), .group = hu_strdup(hu_str(group)), .harm = harm};
	return &all->at[all->count++];
}

void hu_tallies_deinit(struct hu_tallies *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->at[i].name);
		free(all->at[i].group);
	}
	free(all->at);
	*all = (struct hu_tallies){0};
}

static bool read_line(struct hu_str line, struct hu_tallies *all)
{
	struct hu_str field[WIDE];
	int64_t number[WIDE] = {0};
	size_t n = 0, harm = 0;

	while (n < WIDE && line.len) {
		field[n] = hu_str_split(&line, '\t');
		if (n >= 3 && !hu_str_i64(field[n], &number[n]))
			return false;
		n++;
	}
	if (n < WIDE)
		return false;
	while (harm < HU_HARMS && !hu_str_is(field[2], hu_harm_names[harm]))
		harm++;
	if (harm == HU_HARMS)
		return false;
	HU_CLEANUP(hu_freep) char *group = hu_strdup(field[0]);
	HU_CLEANUP(hu_freep) char *name = hu_strdup(field[1]);
	struct hu_tally *t = hu_tally_of(all, name, group, (enum hu_harm)harm);
	t->bytes = (size_t)number[3];
	t->cases = (size_t)number[4];
	for (size_t i = 0; i < HU_WRONGS; i++)
		t->wrong[i] = (size_t)number[5 + i];
	return true;
}

bool hu_tallies_read(const char *path, const char *head, struct hu_tallies *ret)
{
	struct hu_out text HU_CLEANUP(hu_out_deinit) = {0};
	struct hu_str rest, line;

	if (!hu_test_slurp(path, &text))
		return false;
	rest = hu_out_view(&text);
	if (!hu_str_line(&rest, &line) || (head && !hu_str_is(line, head))) {
		printf("%s: of another campaign: %.*s\n", path, (int)line.len, line.at);
		return false;
	}
	hu_str_line(&rest, &line);
	while (hu_str_line(&rest, &line))
		if (!read_line(line, ret)) {
			printf("%s: %.*s\n", path, (int)line.len, line.at);
			return false;
		}
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct hu_tally *one = a, *two = b;
	int order = strcmp(one->group, two->group);

	if (!order)
		order = strcmp(one->name, two->name);
	return order ? order : (int)one->harm - (int)two->harm;
}

bool hu_tallies_write(const char *path, const char *head, const struct hu_tallies *all)
{
	struct hu_out text HU_CLEANUP(hu_out_deinit) = {0};
	char *made = hu_test_format("%s.new", path);

	if (all->count)
		qsort(all->at, all->count, sizeof(*all->at), by_name);
	hu_out_printf(&text, "%s\n# kind\tcapture\tharm\tbytes\tcases", head);
	for (size_t i = 0; i < HU_WRONGS; i++)
		hu_out_printf(&text, "\t%s", hu_wrong_names[i]);
	hu_out_putc(&text, '\n');
	for (size_t i = 0; i < all->count; i++) {
		const struct hu_tally *t = &all->at[i];
		hu_out_printf(&text, "%s\t%s\t%s\t%zu\t%zu", t->group, t->name,
			      hu_harm_names[t->harm], t->bytes, t->cases);
		for (size_t k = 0; k < HU_WRONGS; k++)
			hu_out_printf(&text, "\t%zu", t->wrong[k]);
		hu_out_putc(&text, '\n');
	}
	bool ok = hu_test_spew(made, hu_out_view(&text)) && rename(made, path) == 0;
	free(made);
	return ok;
}

static void put_count(struct hu_out *ret, size_t n)
{
	hu_out_puts(ret, " | ");
	hu_out_grouped(ret, (int64_t)n);
}

static void put_row(const struct hu_tallies *all, const char *title, int harm, struct hu_out *ret)
{
	struct hu_tally sum = {0};
	size_t captures = 0;
	const char *last = "";

	for (size_t i = 0; i < all->count; i++) {
		const struct hu_tally *t = &all->at[i];
		if ((harm >= 0 && (int)t->harm != harm) || !t->cases)
			continue;
		captures += strcmp(last, t->name) != 0;
		last = t->name;
		sum.cases += t->cases;
		for (size_t k = 0; k < HU_WRONGS; k++)
			sum.wrong[k] += t->wrong[k];
	}
	if (!sum.cases)
		return;
	hu_out_printf(ret, "| %s", title);
	put_count(ret, captures);
	put_count(ret, sum.cases);
	for (size_t k = 0; k < HU_WRONGS; k++)
		put_count(ret, sum.wrong[k]);
	hu_out_puts(ret, " |\n");
}

/* Markdown, which a terminal shows well enough; `all` is sorted. */
void hu_tallies_table(const struct hu_tallies *all, struct hu_out *ret)
{
	hu_out_puts(ret, "| damage | captures | runs");
	for (size_t i = 0; i < HU_WRONGS; i++)
		hu_out_printf(ret, " | %s", hu_wrong_names[i]);
	hu_out_puts(ret, " |\n|---|--:|--:");
	for (size_t i = 0; i < HU_WRONGS; i++)
		hu_out_puts(ret, "|--:");
	hu_out_puts(ret, "|\n");
	for (int harm = 0; harm < HU_HARMS; harm++)
		put_row(all, hu_harm_titles[harm], harm, ret);
	put_row(all, "all", -1, ret);
}
