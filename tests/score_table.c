/* Marks gathered and counted: a few hundred rows, printed twice. */
#include "tests/score_table.h"

#include <stdlib.h>
#include <string.h>

#include "tests/thin.h"

struct row {
	char *bundle, *why;
	const char *cause, *capture, *form;
	enum hu_mark mark;
};

struct hu_table {
	struct row *at;
	size_t count;
};

/* Marks under one heading. */
struct tally {
	const char *key;
	size_t marks[HU_MARKS + 1];
};

struct hu_table *hu_table_new(void)
{
	struct hu_table *table = hu_alloc(sizeof(*table));

	*table = (struct hu_table){0};
	return table;
}

void hu_table_free(struct hu_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		free(table->at[i].bundle);
		free(table->at[i].why);
	}
	free(table->at);
	free(table);
}

void hu_table_add(struct hu_table *table, const char *bundle, const cJSON *score, const char *form,
		  enum hu_mark mark, const char *why)
{
	struct row row = {.bundle = hu_strdup(hu_str(bundle)), .why = hu_strdup(hu_str(why))};

	row.cause = hu_score_cause(score);
	row.capture = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(score, "capture"));
	row.form = form;
	row.mark = mark;
	table->at = hu_realloc(table->at, (table->count + 1) * sizeof(*table->at));
	table->at[table->count++] = row;
}

size_t hu_table_marked(const struct hu_table *table, enum hu_mark mark)
{
	size_t n = 0;

	for (size_t i = 0; i < table->count; i++)
		n += table->at[i].mark == mark;
	return n;
}

enum by { BY_CAUSE, BY_CAPTURE, BY_FORM };

static const char *key_of(const struct row *row, enum by by)
{
	return by == BY_CAUSE ? row->cause : by == BY_CAPTURE ? row->capture : row->form;
}

/* By cause and capture only whole bundles count, by form only thinned ones. In order of appearance.
 */
static size_t tally(const struct hu_table *table, enum by by, struct tally **ret)
{
	struct tally *all = hu_alloc((table->count + 1) * sizeof(*all));
	size_t count = 0, k;

	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->at[i];
		if ((by == BY_FORM) == !row->form)
			continue;
		for (k = 0; k < count && strcmp(all[k].key, key_of(row, by)) != 0; k++)
			;
		if (k == count)
			all[count++] = (struct tally){.key = key_of(row, by)};
		all[k].marks[row->mark]++;
	}
	*ret = all;
	return count;
}

static const char *form_text(const char *name)
{
	for (size_t i = 0; i < hu_thin_form_count; i++)
		if (strcmp(hu_thin_forms[i].name, name) == 0)
			return hu_thin_forms[i].what;
	return "";
}

static void print_tally(const struct hu_table *table, enum by by, const char *title,
			struct hu_out *to)
{
	struct tally *all;
	size_t count = tally(table, by, &all);

	if (count)
		hu_out_printf(to, "\n%-40s right  wrong  declined\n", title);
	for (size_t i = 0; i < count; i++)
		hu_out_printf(to, "%-40s %5zu  %5zu  %8zu\n", all[i].key, all[i].marks[HU_RIGHT],
			      all[i].marks[HU_WRONG], all[i].marks[HU_DECLINED]);
	free(all);
}

void hu_table_print(const struct hu_table *table, struct hu_out *to)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->at[i];
		if (!row->form)
			hu_out_printf(to, "%-9s %-30s %s\n", hu_mark_names[row->mark], row->bundle,
				      row->why);
		else if (row->mark == HU_WRONG)
			hu_out_printf(to, "%-9s %-30s %s: %s\n", hu_mark_names[row->mark],
				      row->bundle, row->form, row->why);
	}
	print_tally(table, BY_CAUSE, "cause", to);
	print_tally(table, BY_CAPTURE, "capture", to);
	print_tally(table, BY_FORM, "thinned to", to);
	hu_out_printf(to, "\n%zu right, %zu wrong, %zu declined\n",
		      hu_table_marked(table, HU_RIGHT), hu_table_marked(table, HU_WRONG),
		      hu_table_marked(table, HU_DECLINED));
}

/* A cell of a Markdown table. */
static void put_cell(struct hu_out *to, const char *text)
{
	hu_out_putc(to, ' ');
	for (; *text; text++) {
		if (*text == '|')
			hu_out_putc(to, '\\');
		hu_out_putc(to, *text);
	}
	hu_out_puts(to, " |");
}

static void document_tally(const struct hu_table *table, enum by by, const char *title,
			   struct hu_out *to)
{
	struct tally *all;
	size_t count = tally(table, by, &all);

	hu_out_printf(to, "\n| %s | right | wrong | declined |\n|---|---|---|---|\n", title);
	for (size_t i = 0; i < count; i++) {
		hu_out_putc(to, '|');
		put_cell(to, by == BY_FORM ? form_text(all[i].key) : all[i].key);
		hu_out_printf(to, " %zu | %zu | %zu |\n", all[i].marks[HU_RIGHT],
			      all[i].marks[HU_WRONG], all[i].marks[HU_DECLINED]);
	}
	free(all);
}

void hu_table_document(const struct hu_table *table, const char *date, struct hu_out *to)
{
	size_t marks[2][HU_MARKS + 1] = {{0}};

	for (size_t i = 0; i < table->count; i++)
		marks[table->at[i].form != NULL][table->at[i].mark]++;
	hu_out_puts(to, "# How often the answer is right\n\n"
			"Made by `scripts/score --thin -o docs/accuracy.md`; not written by hand. "
			"`docs/testing.md` says what counts as right, wrong\nand declined. ");
	if (date && *date)
		hu_out_printf(to, "State of the analyzers and readers: %s.", date);
	hu_out_printf(to,
		      "\n\n%zu labelled incidents (`fixtures/incidents`): %zu right, %zu wrong, "
		      "%zu declined.\n",
		      marks[0][HU_RIGHT] + marks[0][HU_WRONG] + marks[0][HU_DECLINED],
		      marks[0][HU_RIGHT], marks[0][HU_WRONG], marks[0][HU_DECLINED]);
	hu_out_puts(
		to,
		"\n| incident | capture | true cause | holdup says | |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->at[i];
		if (row->form)
			continue;
		hu_out_putc(to, '|');
		put_cell(to, row->bundle);
		put_cell(to, row->capture);
		put_cell(to, row->cause);
		put_cell(to, row->why);
		put_cell(to, hu_mark_names[row->mark]);
		hu_out_putc(to, '\n');
	}
	document_tally(table, BY_CAUSE, "true cause", to);
	document_tally(table, BY_CAPTURE, "capture", to);
	if (!(marks[1][HU_RIGHT] + marks[1][HU_WRONG] + marks[1][HU_DECLINED]))
		return;
	hu_out_printf(to,
		      "\nThe same with less known, in forms made from them: %zu right, %zu wrong, "
		      "%zu declined.\n",
		      marks[1][HU_RIGHT], marks[1][HU_WRONG], marks[1][HU_DECLINED]);
	document_tally(table, BY_FORM, "what is left", to);
	if (!marks[1][HU_WRONG])
		return;
	hu_out_puts(to,
		    "\nWhat was wrong:\n\n| incident | what is left | holdup |\n|---|---|---|\n");
	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->at[i];
		if (!row->form || row->mark != HU_WRONG)
			continue;
		hu_out_putc(to, '|');
		put_cell(to, row->bundle);
		put_cell(to, form_text(row->form));
		put_cell(to, row->why);
		hu_out_putc(to, '\n');
	}
}
