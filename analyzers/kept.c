/*
 * Whether the results in a store answer what is asked: the same question, by the same library of
 * known fixes and the same version of holdup. Then a report of a large store costs its reading
 * alone.
 */
#include <inttypes.h>
#include <string.h>

#include "analyzers/kept.h"
#include "db/embedded.h"
#include "db/rows.h"
#include "db/sha256.h"
#include "db/text.h"

extern const struct hu_embedded hu_known_files[];

/* Empty: an analysis that nobody can ask for again by the same words. */
static void put_question(const struct hu_options *options, const struct hu_site *site,
			 struct hu_out *to)
{
	struct hu_sha256 sha;
	char rules[HU_SHA256_TEXT];

	if (site && site->count)
		return;
	hu_sha256_init(&sha);
	hu_sha256_add(&sha, hu_sql_results, strlen((const char *)hu_sql_results));
	for (const struct hu_embedded *f = hu_known_files; f->name; f++)
		hu_sha256_add(&sha, f->bytes, f->len);
	hu_sha256_finish(&sha, rules);
	hu_out_printf(to, "holdup " HU_VERSION " %s %" PRId64 " %" PRId64 " %" PRId64, rules,
		      options->threshold, options->from, options->to);
	hu_out_printf(to, " task=%s lock=%s", options->task ? options->task : "",
		      options->lock ? options->lock : "");
}

struct hu_err *hu_results_keep(struct hu_store *store, const struct hu_options *options,
			       const struct hu_site *site)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out question = {0};
	struct hu_rows *rows = hu_rows_open(
		store, "INSERT OR REPLACE INTO meta (key, value) VALUES ('analysis', ?1)");

	put_question(options, site, &question);
	hu_rows_bind_text(rows, 1, hu_out_view(&question));
	hu_rows_next(rows);
	return hu_rows_close(rows);
}

bool hu_results_kept(struct hu_store *store, const struct hu_options *options,
		     const struct hu_site *site)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out question = {0};
	struct hu_rows *rows = hu_rows_open(store, "SELECT value FROM meta WHERE key = 'analysis'");

	put_question(options, site, &question);
	bool same = question.len && hu_rows_next(rows) &&
		    hu_str_eq(hu_rows_str(rows, 0), hu_out_view(&question));
	struct hu_err *err = hu_rows_close(rows);
	hu_err_free(err);
	return same && !err;
}
