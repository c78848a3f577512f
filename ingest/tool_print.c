/*
 * Records of a table as text: templates ("file {kind}"), keys of aggregates, and whole records for
 * the proof of a description.
 */
#include "ingest/tool.h"

#include <string.h>

/* "down_write;alloc_super": leaf first. */
static void say_frames(const struct hu_out *frames, struct hu_out *to)
{
	struct hu_str rest = hu_out_view(frames), line;
	bool first = true;

	while (hu_str_line(&rest, &line)) {
		struct hu_str symbol = hu_str_split(&line, '\t');
		if (!first)
			hu_out_putc(to, ';');
		first = false;
		hu_out_str(to, symbol);
	}
}

static void say_role(const struct hu_tool_values *v, enum hu_tool_role role, struct hu_out *to)
{
	if (role == HU_ROLE_STACK)
		say_frames(&v->frames[0], to);
	else if (role == HU_ROLE_OTHER_STACK)
		say_frames(&v->frames[1], to);
	else if (v->set[role])
		hu_out_str(to, hu_out_view(&v->text[role]));
}

void hu_tool_template(const char *template, const struct hu_tool_values *v, struct hu_out *to)
{
	struct hu_str rest = hu_str(template);
	enum hu_tool_role role;

	hu_out_clear(to);
	while (rest.len) {
		hu_out_str(to, hu_str_split(&rest, '{'));
		if (!rest.len)
			break;
		if (hu_role_by_name(hu_str_split(&rest, '}'), &role))
			say_role(v, role, to);
	}
	while (to->len && to->at[to->len - 1] == ' ') /* what was not printed leaves no blank */
		to->at[--to->len] = '\0';
}

void hu_tool_key(const struct hu_tool_put *put, const struct hu_tool_values *v, struct hu_out *to)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out part = {0};

	hu_out_clear(to);
	for (size_t i = 0; i < put->keys; i++) {
		hu_out_clear(&part);
		say_role(v, put->key[i], &part);
		if (!part.len)
			continue;
		if (to->len)
			hu_out_puts(to, ", ");
		hu_out_str(to, hu_out_view(&part));
	}
}

/* One record as a line of text: "span duration=104840000 label="direct reclaim" comm="dd"". */
static void print_record(const struct hu_tool_put *put, const struct hu_tool_values *v,
			 struct hu_out *to)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	hu_out_puts(to, hu_tool_words[put->word]);
	if (put->label) {
		hu_tool_template(put->label, v, &text);
		hu_out_printf(to, " label=\"%s\"", text.len ? text.at : "");
	}
	if (v->ts != HU_OPEN)
		hu_out_printf(to, " ts=%lld", (long long)v->ts);
	if (v->low != HU_OPEN)
		hu_out_printf(to, " low=%lld", (long long)v->low);
	if (v->high != HU_OPEN)
		hu_out_printf(to, " high=%lld", (long long)v->high);
	for (int i = 1; i < HU_ROLE_COUNT_OF; i++) {
		if (!v->set[i] || i == HU_ROLE_TIME)
			continue;
		hu_out_printf(to, " %s=", hu_role_name((enum hu_tool_role)i));
		if (v->ns[i] != HU_OPEN && hu_role_type((enum hu_tool_role)i) == HU_TYPE_QUANTITY)
			hu_out_printf(to, "%lldns", (long long)v->ns[i]);
		else if (hu_role_type((enum hu_tool_role)i) == HU_TYPE_NUMBER ||
			 hu_role_type((enum hu_tool_role)i) == HU_TYPE_QUANTITY)
			hu_out_printf(to, "%lld", (long long)v->number[i]);
		else
			hu_out_printf(to, "\"%s\"", v->text[i].len ? v->text[i].at : "");
	}
	for (int i = 0; i < 2; i++) {
		if (!v->frames[i].len)
			continue;
		hu_out_puts(to, i ? " other_stack=" : " stack=");
		say_frames(&v->frames[i], to);
	}
	if (put->keys) {
		hu_tool_key(put, v, &text);
		if (text.len)
			hu_out_printf(to, " key=\"%s\"", text.at);
	}
}

struct proving {
	struct hu_out got;
};

static void take(void *with, const struct hu_tool *table, const struct hu_tool_put *put,
		 const struct hu_tool_values *v)
{
	struct proving *p = with;

	(void)table;
	print_record(put, v, &p->got);
	hu_out_putc(&p->got, '\n');
}

static void prove_sample(const struct hu_tool *table, size_t n, struct hu_out *wrong)
{
	const struct hu_tool_sample *sample = &table->sample[n];
	const struct hu_tools alone = {(struct hu_tool *)table, 1};
	struct proving p = {0};
	struct hu_tool_reading *r = hu_tool_reading_create(&alone, take, &p);
	struct hu_str rest = hu_out_view(&sample->text), line, got;
	uint64_t pos = 0;

	while (hu_str_line(&rest, &line))
		hu_tool_reading_line(r, line, ++pos);
	const struct hu_tool_counts *counts = hu_tool_reading_end(r);
	if (counts->unused.count)
		hu_out_printf(wrong, "samples[%zu]: line %llu is not understood\n", n,
			      (unsigned long long)counts->unused.line[0]);
	if (counts->odd)
		hu_out_printf(wrong, "samples[%zu]: the block in line %llu has no end\n", n,
			      (unsigned long long)counts->odd_pos);
	rest = hu_out_view(&p.got);
	for (size_t i = 0;; i++) {
		bool more = hu_str_line(&rest, &got);
		if (!more && i >= sample->count)
			break;
		if (!more)
			hu_out_printf(wrong, "samples[%zu].gives[%zu]: nothing was read\n", n, i);
		else if (i >= sample->count)
			hu_out_printf(wrong, "samples[%zu]: one more was read: %.*s\n", n,
				      (int)got.len, got.at);
		else if (!hu_str_is(got, sample->gives[i]))
			hu_out_printf(wrong, "samples[%zu].gives[%zu]: %.*s was read\n", n, i,
				      (int)got.len, got.at);
		if (!more)
			break;
	}
	hu_tool_reading_destroy(r);
	hu_out_deinit(&p.got);
}

struct hu_err *hu_tool_prove(const struct hu_tool *table)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out wrong = {0};

	for (size_t i = 0; i < table->samples; i++)
		prove_sample(table, i, &wrong);
	if (!wrong.len)
		return NULL;
	wrong.at[--wrong.len] = '\0';
	return hu_err_in(hu_err(HU_ERR_BAD_INPUT, "%s", wrong.at), "in %s.json", table->tool);
}
