/* holdup query: one SELECT on a store, as a table, CSV or JSON. */
#include "cli/cli.h"
#include "cli/columns.h"

#include <string.h>

#include "db/query.h"

static const struct cli_option options[] = {
	{0, "csv", NULL, "comma-separated values, with a header"},
	{0, "json", NULL, "an array of objects; integers of 2^53 and more as text"},
	{0, "table", NULL, "columns, aligned (default)"},
	{0, NULL, NULL, NULL},
};

enum form { FORM_TABLE, FORM_CSV, FORM_JSON };

/* Prints in pieces: a result may be larger than memory should be. */
struct printer {
	struct hu_out out;
	bool failed;
};

static void flush(struct printer *p, size_t at_least)
{
	if (p->out.len <= at_least || p->failed)
		return;
	p->failed = !cli_print(hu_out_view(&p->out));
	hu_out_clear(&p->out);
}

static void put_hex(struct hu_out *out, struct hu_str bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		hu_out_printf(out, "%02x", (unsigned char)bytes.at[i]);
}

static void put_json_value(struct hu_out *out, const struct hu_query *q, int i)
{
	struct hu_str text = hu_query_str(q, i);

	switch (hu_query_type(q, i)) {
	case HU_VALUE_NULL:
		hu_out_puts(out, "null");
		break;
	case HU_VALUE_INT:
		cli_put_json_int(out, hu_query_int(q, i));
		break;
	case HU_VALUE_REAL:
		/* "Inf" is no JSON. */
		if (text.len && text.at[text.len - 1] >= '0' && text.at[text.len - 1] <= '9')
			hu_out_str(out, text);
		else
			hu_out_puts(out, "null");
		break;
	case HU_VALUE_TEXT:
		cli_put_json(out, text);
		break;
	case HU_VALUE_BLOB:
		hu_out_putc(out, '"');
		put_hex(out, text);
		hu_out_putc(out, '"');
		break;
	}
}

static void put_json_row(struct hu_out *out, const struct hu_query *q, bool first)
{
	hu_out_puts(out, first ? "\n{" : ",\n{");
	for (int i = 0; i < hu_query_columns(q); i++) {
		if (i)
			hu_out_puts(out, ", ");
		cli_put_json(out, hu_str(hu_query_name(q, i)));
		hu_out_puts(out, ": ");
		put_json_value(out, q, i);
	}
	hu_out_putc(out, '}');
}

/*
 * RFC 4180. What a stranger named goes to spreadsheets and terminals: a text that a spreadsheet
 * would compute gets an apostrophe in front, as in fleet/export.c, and controls but line ends and
 * tabs are \xHH. JSON has the texts as they are.
 */
static void put_csv(struct hu_out *out, struct hu_str text, bool number)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out safe = {0};

	while (text.len) {
		size_t n = 0;
		while (n < text.len && !strchr("\t\n\r", text.at[n]))
			n++;
		/* a NUL is found by strchr(), too: it is no line end */
		if (!n && text.at[0]) {
			hu_out_putc(&safe, text.at[0]);
			n = 1;
		} else {
			n += !n;
			cli_put_safe(&safe, (struct hu_str){text.at, n});
		}
		text = hu_str_skip(text, n);
	}
	const char *at = safe.at ? safe.at : "";
	bool quote = strpbrk(at, ",\"\n\r") != NULL, formula = *at && strchr("=+-@\t\r", *at);
	if (quote)
		hu_out_putc(out, '"');
	if (formula && !number)
		hu_out_putc(out, '\'');
	for (; *at; at++) {
		if (*at == '"')
			hu_out_putc(out, '"');
		hu_out_putc(out, *at);
	}
	if (quote)
		hu_out_putc(out, '"');
}

static void put_csv_row(struct hu_out *out, const struct hu_query *q, bool header)
{
	for (int i = 0; i < hu_query_columns(q); i++) {
		if (i)
			hu_out_putc(out, ',');
		if (header)
			put_csv(out, hu_str(hu_query_name(q, i)), false);
		else if (hu_query_type(q, i) == HU_VALUE_BLOB)
			put_hex(out, hu_query_str(q, i));
		else
			put_csv(out, hu_query_str(q, i),
				hu_query_type(q, i) == HU_VALUE_INT ||
					hu_query_type(q, i) == HU_VALUE_REAL);
	}
	hu_out_putc(out, '\n');
}

static void put_table_row(struct cli_columns *table, const struct hu_query *q, bool header)
{
	for (int i = 0; i < hu_query_columns(q); i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out blob = {0};
		enum hu_value type = header ? HU_VALUE_TEXT : hu_query_type(q, i);
		struct hu_str text = header ? hu_str(hu_query_name(q, i)) : hu_query_str(q, i);
		if (type == HU_VALUE_NULL)
			text = hu_str("NULL");
		if (type == HU_VALUE_BLOB) {
			hu_out_printf(&blob, "(%zu bytes)", text.len);
			text = hu_out_view(&blob);
		}
		cli_columns_put(table, text, type == HU_VALUE_INT || type == HU_VALUE_REAL);
	}
}

static int print_rows(struct hu_query *q, enum form form)
{
	/* The first rows decide how wide a table's columns are: a result may be endless. */
	enum { SIZED_ROWS = 1000 };
	HU_CLEANUP(cli_columns_deinit)
	struct cli_columns table = {.count = (size_t)hu_query_columns(q)};
	struct printer p = {0};
	size_t rows = 0, drawn = 0;

	if (form == FORM_TABLE)
		put_table_row(&table, q, true);
	else if (form == FORM_CSV)
		put_csv_row(&p.out, q, true);
	else
		hu_out_putc(&p.out, '[');
	while (!p.failed && hu_query_next(q)) {
		rows++;
		if (form == FORM_CSV)
			put_csv_row(&p.out, q, false);
		else if (form == FORM_JSON)
			put_json_row(&p.out, q, rows == 1);
		else
			put_table_row(&table, q, false);
		if (form == FORM_TABLE && rows - drawn >= SIZED_ROWS) {
			cli_columns_draw(&table, &p.out, drawn == 0);
			drawn = rows;
		}
		flush(&p, 1 << 16);
	}
	if (form == FORM_TABLE)
		cli_columns_draw(&table, &p.out, drawn == 0);
	if (form == FORM_JSON)
		hu_out_puts(&p.out, rows ? "\n]\n" : "]\n");
	flush(&p, 0);
	hu_out_deinit(&p.out);
	return p.failed ? CLI_FAULT : CLI_DONE;
}

static int run(const struct cli_input *in)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	bool csv = cli_value(in, "csv"), json = cli_value(in, "json"),
	     table = cli_value(in, "table");

	if (csv + json + table > 1)
		return cli_usage(in->command, "one of --csv, --json and --table");
	if (in->count != 2)
		return cli_usage(in->command, in->count > 2
						      ? "one store and one statement; quote the SQL"
					      : in->count == 1 ? "which SQL?"
							       : "which store?");
	HU_CLEANUP(hu_freep) char *path = cli_find_store(in->operands[0]);
	struct hu_err *err = hu_store_open(path, false, &store);
	if (err)
		return cli_fail(err, NULL);
	struct hu_query *query = NULL;
	err = hu_query_open(store, in->operands[1], &query);
	if (err)
		return cli_fail(err, NULL);
	int status = print_rows(query, json ? FORM_JSON : csv ? FORM_CSV : FORM_TABLE);
	err = hu_query_close(query);
	return err ? cli_fail(err, NULL) : status;
}

const struct cli_command cli_query = {
	.name = "query",
	.synopsis = "STORE.db SQL [OPTION...]",
	.summary = "ask a store in SQL; it is only read",
	.details = "The folder that \"holdup analyze\" made may stand for the store in it.\n"
		   "  holdup query out \"SELECT path, format, status, records FROM source\"",
	.options = options,
	.run = run,
};
