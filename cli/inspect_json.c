/* holdup inspect --json: every member with everything that the store has on it. */
#include "cli/inspect.h"

#include <inttypes.h>
#include <string.h>

#include "db/rows.h"

static void json_text(struct hu_out *out, const char *key, struct hu_rows *rows, int column)
{
	hu_out_printf(out, "\"%s\": ", key);
	if (hu_rows_null(rows, column))
		hu_out_puts(out, "null");
	else
		cli_put_json(out, hu_rows_str(rows, column));
	hu_out_puts(out, ", ");
}

static void json_int(struct hu_out *out, const char *key, struct hu_rows *rows, int column)
{
	hu_out_printf(out, "\"%s\": ", key);
	if (hu_rows_null(rows, column))
		hu_out_puts(out, "null");
	else
		cli_put_json_int(out, hu_rows_int(rows, column));
	hu_out_puts(out, ", ");
}

static void json_tried(struct hu_out *out, const struct hu_bundle *bundle, struct hu_str path)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out why = {0};

	cli_inspect_why(bundle, path, &why);
	hu_out_puts(out, "\"tried\": ");
	if (why.len)
		cli_put_json(out, hu_out_view(&why));
	else
		hu_out_puts(out, "null");
	hu_out_puts(out, ", ");
}

static void json_trim(struct hu_out *out)
{
	out->len -= strlen(", ");
	out->at[out->len] = '\0';
}

static struct hu_err *json_losses(struct hu_store *store, int64_t source, struct hu_out *out)
{
	static const char *const kinds[] = {"", "dropped", "unparsed", "truncated", "missing"};
	struct hu_rows *rows = hu_rows_open(store, CLI_INSPECT_LOSSES);
	bool any = false;

	hu_rows_bind_int(rows, 1, source);
	hu_out_puts(out, "\"losses\": [");
	for (; hu_rows_next(rows); any = true) {
		int64_t kind = hu_rows_int(rows, 1);
		hu_out_printf(out, "%s{\"kind\": \"%s\", ", any ? ", " : "",
			      kind > 0 && kind <= HU_LOSS_MISSING ? kinds[kind] : "");
		json_int(out, "cpu", rows, 2);
		json_int(out, "count", rows, 3);
		json_int(out, "from", rows, 4);
		json_int(out, "to", rows, 5);
		json_int(out, "pos", rows, 6);
		json_text(out, "text", rows, 0);
		json_trim(out);
		hu_out_putc(out, '}');
	}
	hu_out_puts(out, "], ");
	return hu_rows_close(rows);
}

static struct hu_err *json_events(struct hu_store *store, int64_t source, struct hu_out *out)
{
	struct hu_rows *rows = hu_rows_open(store, CLI_INSPECT_EVENTS);
	bool any = false;

	hu_rows_bind_int(rows, 1, source);
	hu_out_puts(out, "\"events\": [");
	for (; hu_rows_next(rows); any = true) {
		hu_out_puts(out, any ? ", {" : "{");
		json_text(out, "name", rows, 0);
		json_int(out, "count", rows, 1);
		hu_out_printf(out, "\"used\": %s}", hu_rows_int(rows, 2) ? "true" : "false");
	}
	hu_out_putc(out, ']');
	return hu_rows_close(rows);
}

struct hu_err *cli_inspect_json(const struct hu_bundle *bundle, struct hu_store *store,
				struct hu_out *out)
{
	struct hu_rows *rows = hu_rows_open(store, CLI_INSPECT_SOURCES "ORDER BY id");
	struct hu_err *err = NULL;
	bool any = false;

	hu_out_puts(out, "{\"bundle\": {\"name\": ");
	cli_put_json(out, hu_str(bundle->name));
	hu_out_printf(out,
		      ", \"sha256\": \"%s\", \"bytes\": %" PRId64 ", \"files\": %" PRId64 "},\n",
		      bundle->sha256, bundle->bytes, bundle->files);
	hu_out_puts(out, "\"members\": [");
	for (; !err && hu_rows_next(rows); any = true) {
		int64_t id = hu_rows_int(rows, S_ID);
		hu_out_puts(out, any ? ",\n{" : "\n{");
		json_text(out, "path", rows, S_PATH);
		json_text(out, "format", rows, S_FORMAT);
		json_text(out, "why", rows, S_WHY);
		json_tried(out, bundle, hu_rows_str(rows, S_PATH));
		json_text(out, "status", rows, S_STATUS);
		json_text(out, "error", rows, S_ERROR);
		json_int(out, "records", rows, S_RECORDS);
		json_int(out, "bytes", rows, S_BYTES);
		json_text(out, "sha256", rows, S_SHA256);
		json_int(out, "from", rows, S_FIRST);
		json_int(out, "to", rows, S_LAST);
		hu_out_puts(out, "\"clock\": {");
		json_text(out, "name", rows, S_CLOCK);
		json_text(out, "how", rows, S_CLOCK_HOW);
		json_int(out, "offset_ns", rows, S_OFFSET);
		json_int(out, "uncertainty_ns", rows, S_SLACK);
		json_text(out, "aligned", rows, S_ALIGNED);
		json_text(out, "repeats", rows, S_REPEATS);
		json_trim(out);
		hu_out_puts(out, "}, ");
		err = json_losses(store, id, out);
		if (!err)
			err = json_events(store, id, out);
		hu_out_putc(out, '}');
	}
	hu_out_puts(out, "\n]}\n");
	struct hu_err *closed = hu_rows_close(rows);
	if (err)
		hu_err_free(closed);
	return err ? err : closed;
}
