/* The comparison on the terminal: the answer, what it was counted from, why to doubt it. */
#include "report/diff.h"

#include "report/escape.h"

static void line(struct hu_out *to, const char *indent, struct hu_str raw)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out safe = {0};
	struct hu_str rest, word;
	size_t hang = hu_str(indent).len, column = hang;

	hu_escape_plain(&safe, raw);
	rest = hu_out_view(&safe);
	const char *end = rest.at + rest.len;
	hu_out_puts(to, indent);
	for (bool first = true; (word = hu_str_word(&rest)).len; first = false) {
		/* what is longer than a line is broken */
		word = hu_escape_fit(word, 80 - hang);
		rest = (struct hu_str){word.at + word.len, (size_t)(end - word.at) - word.len};
		size_t wide = hu_escape_columns(word);
		if (!first && column + 1 + wide > 80) {
			hu_out_putc(to, '\n');
			hu_out_printf(to, "%*s", (int)hang, "");
			column = hang;
		} else if (!first) {
			hu_out_putc(to, ' ');
			column++;
		}
		hu_out_str(to, word);
		column += wide;
	}
	hu_out_putc(to, '\n');
}

static void side(struct hu_out *to, const char *word, const struct hu_diff_row *s)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	hu_out_str(&text, s->text[SIDE_NAME]);
	if (s->text[SIDE_KERNEL].len) {
		hu_out_puts(&text, " · ");
		hu_out_str(&text, s->text[SIDE_KERNEL]);
	}
	hu_out_puts(&text, " · ");
	hu_out_str(&text, s->text[SIDE_SENTENCE]);
	line(to, word, hu_out_view(&text));
}

static void operation(struct hu_out *to, const struct hu_diff_row *o)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	for (int s = 0; s < 2; s++) {
		const int64_t *n = &o->number[s * OP_AFTER];
		hu_out_puts(&text, s ? "; after " : "before ");
		if (n[OP_COUNT] == HU_OPEN) {
			hu_out_puts(&text, "not recorded");
			continue;
		}
		hu_diff_stalled(&text, n[OP_STALLED], n[OP_COUNT]);
		hu_out_puts(&text, " stalled, median ");
		hu_phrase_duration(&text, n[OP_P50]);
		hu_out_puts(&text, ", worst ");
		hu_phrase_duration(&text, n[OP_WORST]);
	}
	HU_CLEANUP(hu_out_deinit) struct hu_out head = {0};
	hu_out_printf(&head, "  %-15s", hu_diff_state(o->text[OP_STATE]));
	HU_CLEANUP(hu_out_deinit) struct hu_out all = {0};
	hu_out_str(&all, o->text[OP_NAME]);
	hu_out_puts(&all, " (");
	hu_out_str(&all, o->text[OP_BY]);
	hu_out_puts(&all, "): ");
	hu_out_str(&all, hu_out_view(&text));
	line(to, head.at, hu_out_view(&all));
}

static void incident(struct hu_out *to, const struct hu_diff_row *in)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out head = {0}, all = {0};
	bool before = in->text[IN_ID].at;
	struct hu_str title = in->text[before ? IN_TITLE : IN_TITLE + IN_AFTER_TEXTS];

	hu_out_printf(&head, "  %-15s", hu_diff_state(in->text[IN_STATE]));
	hu_out_str(&all, title);
	hu_out_puts(&all, ". ");
	hu_out_str(&all, in->text[IN_TEXT]);
	line(to, head.at, hu_out_view(&all));
}

enum { ROWS = 8 };

static void more(struct hu_out *to, size_t count, const char *what)
{
	if (count > ROWS)
		hu_out_printf(to, "  … and %zu more %s\n", count - ROWS, what);
}

void hu_diff_text(const struct hu_diff *d, bool colour, struct hu_out *to)
{
	static const char *const codes[] = {"\033[1m", "\033[1;32m", "\033[1;33m", "\033[1;31m",
					    "\033[2m"};
	enum hu_tone tone;
	const char *outcome = hu_diff_outcome(d, &tone);

	hu_out_printf(to, "%s%s%s\n", colour ? codes[tone] : "", outcome, colour ? "\033[0m" : "");
	line(to, "", d->sentence);
	if (d->why_sure.len)
		line(to, "", d->why_sure);
	hu_out_putc(to, '\n');
	side(to, "  Before  ", &d->before);
	side(to, "  After   ", &d->after);
	if (d->operations.count)
		hu_out_puts(to, "\nOperations\n");
	for (size_t i = 0; i < d->operations.count && i < ROWS; i++)
		operation(to, &d->operations.at[i]);
	more(to, d->operations.count, "kinds of operations");
	if (d->incidents.count)
		hu_out_puts(to, "\nCauses\n");
	for (size_t i = 0; i < d->incidents.count && i < ROWS; i++)
		incident(to, &d->incidents.at[i]);
	more(to, d->incidents.count, "causes");
	if (d->reasons.count)
		hu_out_puts(to, "\nWhat else differs\n");
	for (size_t i = 0; i < d->reasons.count; i++)
		line(to,
		     hu_str_is(d->reasons.at[i].text[0], "blocks")    ? "  not comparable "
		     : hu_str_is(d->reasons.at[i].text[0], "weakens") ? "  less sure      "
								      : "                 ",
		     d->reasons.at[i].text[1]);
}
