/*
 * Two files that claim to be report.json, as tickets have them: read, compared, and the comparison
 * in all its forms. `holdup diff` reads them outside of the sandbox.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "analyzers/compare.h"
#include "analyzers/side.h"
#include "report/diff.h"
#include "tests/support.h"

static void compare(const struct hu_side *before, const struct hu_side *after)
{
	static const enum hu_report_format forms[] = {HU_REPORT_HTML, HU_REPORT_MARKDOWN,
						      HU_REPORT_JSON, HU_REPORT_TEXT};
	struct hu_store *store = NULL;

	hu_fuzz_must(hu_store_create(":memory:", &store));
	hu_fuzz_must(hu_compare(before, after, store));
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
		hu_fuzz_must(hu_report_diff(store, forms[i], false, &out));
		hu_fuzz_page(forms[i], hu_out_view(&out));
	}
	hu_store_close(store);
}

static void one(struct hu_str in)
{
	struct hu_str rest = hu_pack_open(in);
	struct hu_side sides[2] = {{0}};
	struct hu_piece piece;
	int read = 0;

	for (; read < 2 && hu_pack_next(&rest, &piece); read++) {
		struct hu_err *err =
			hu_side_read(piece.bytes, read ? "AFTER" : "BEFORE", &sides[read]);
		hu_err_free(err);
		if (err)
			break;
	}
	if (read == 2)
		compare(&sides[0], &sides[1]);
	hu_side_deinit(&sides[0]);
	hu_side_deinit(&sides[1]);
}

/* Each golden report with the one before it; `path` is the folder of incidents. */
static void seeds(const char *path, void (*add)(void *to, struct hu_str in), void *to)
{
	enum { LARGEST = 60000 };
	HU_CLEANUP(hu_test_list_deinit) struct hu_test_list names = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out before = {0};

	hu_test_dir(path, &names);
	for (size_t i = 0; i < names.count; i++) {
		HU_CLEANUP(hu_freep)
		char *file = hu_test_format("%s/%s/golden/report.json", path, names.at[i]);
		HU_CLEANUP(hu_out_deinit) struct hu_out after = {0}, pack = {0};
		if (!hu_test_is_file(file) || !hu_test_slurp(file, &after) || after.len > LARGEST)
			continue;
		hu_pack_begin(&pack);
		hu_pack_add(&pack, hu_str(""), hu_out_view(before.len ? &before : &after));
		hu_pack_add(&pack, hu_str(""), hu_out_view(&after));
		add(to, hu_out_view(&pack));
		hu_out_clear(&before);
		hu_out_str(&before, hu_out_view(&after));
	}
}

const struct hu_fuzz_target hu_fuzz_diff = {"diff", one, seeds, hu_pack_mutate};
