/*
 * What a worker that was taken over may say to its parent. An input is a pack: each piece is all
 * that one worker says. Target "list": the one that lists a bundle. Target "wire": those that read
 * it, one after the other, into a store that is then analysed and reported.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzers/analyzer.h"
#include "db/batch.h"
#include "db/rows.h"
#include "ingest/bundle_parts.h"
#include "ingest/load_parts.h"
#include "ingest/scratch.h"
#include "ingest/wire.h"
#include "report/report.h"
#include "tests/fuzz/sandbox.h"
#include "tests/support.h"

static struct hu_str rest;

static struct hu_str next(void)
{
	struct hu_piece piece;

	return hu_pack_next(&rest, &piece) ? piece.bytes : (struct hu_str){"", 0};
}

static struct hu_out heard;

/*
 * Where the recorded bundle lay becomes where the one of a target lies, or its paths would be
 * refused; they keep their lengths, which stand before them.
 */
static const char here[] = "/nonexistent/case";

static void move_here(const char *from)
{
	size_t len = strlen(from);

	if (len < strlen(here))
		return;
	for (char *at = heard.at; (at = memmem(at, (size_t)(heard.at + heard.len - at), from, len));
	     at += len) {
		memset(at, '/', len);
		memcpy(at, here, strlen(here));
	}
}

static void hear(struct hu_str bytes)
{
	hu_pack_add(&heard, hu_str(""), bytes);
}

/* A text that came from over there, wherever it may be stored. */
static void harmless(struct hu_store *store)
{
	static const char *const texts[] = {
		"SELECT path FROM source",
		"SELECT why FROM source WHERE format IS NULL",
		"SELECT error FROM source WHERE error IS NOT NULL",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct hu_rows *rows = hu_rows_open(store, texts[i]);
		while (hu_rows_next(rows))
			hu_fuzz_printable(texts[i], hu_str(hu_rows_str(rows, 0).at));
		hu_fuzz_must(hu_rows_close(rows));
	}
}

static void conclude(struct hu_store *store)
{
	static const struct hu_options options = {
		.threshold = 100 * HU_NS_PER_MS, .from = HU_OPEN, .to = HU_OPEN};

	hu_fuzz_must(hu_analyze(store, &options));
	for (int form = HU_REPORT_HTML; form <= HU_REPORT_PLAIN; form++) {
		HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
		hu_fuzz_must(hu_report(store, (enum hu_report_format)form, false, &out));
		hu_fuzz_harmless("a report", hu_out_view(&out));
	}
}

static void read_bundle(struct hu_bundle *bundle, bool deep)
{
	struct hu_store *store = NULL;
	struct hu_loaded loaded;

	hu_fuzz_must(hu_store_create(":memory:", &store));
	struct hu_err *err = hu_load(bundle, store, NULL, &loaded);
	/* A worker may say that all failed, in its own words. */
	if (!err) {
		harmless(store);
		if (deep)
			conclude(store);
	}
	hu_err_free(err);
	hu_store_close(store);
}

static void one_wire(struct hu_str in)
{
	static const char *const input = "/nonexistent/case.tar";
	static const char *const paths[] = {"dmesg.txt", "proc/kallsyms", "trace.dat"};
	const struct hu_limits limits = hu_fuzz_limits();
	struct hu_bundle *bundle = hu_bundle_create(&input, 1, &limits);

	bundle->limits.crashes = 3;
	bundle->name = hu_strdup(hu_str("case"));
	memset(bundle->sha256, '0', sizeof(bundle->sha256) - 1);
	bundle->boxed = true;
	bundle->count = 3;
	bundle->members = hu_alloc(3 * sizeof(*bundle->members));
	for (size_t i = 0; i < 3; i++)
		bundle->members[i] = (struct hu_member){
			.path = hu_strdup(hu_str(paths[i])),
			.file = hu_strdup(hu_str("/nonexistent/file")),
			.bytes = 4711,
			.order = i,
		};
	hu_fuzz_children(next, NULL);
	rest = hu_pack_open(in);
	read_bundle(bundle, hu_fuzz_deep(in, 3));
	hu_bundle_close(bundle);
}

static void one_list(struct hu_str in)
{
	const char *const input = here;
	const struct hu_limits limits = hu_fuzz_limits();
	struct hu_bundle *bundle = NULL;

	hu_fuzz_children(next, NULL);
	rest = hu_pack_open(in);
	struct hu_err *err = hu_bundle_open_boxed(&input, 1, &limits, HU_HASH_READ, NULL, &bundle);
	hu_err_free(err);
	if (!bundle)
		return;
	for (size_t i = 0; i < bundle->count; i++) {
		const struct hu_member *m = &bundle->members[i];
		hu_fuzz_printable("a path", hu_str(m->path));
		hu_fuzz_printable("a reason", hu_str(m->why));
		if (i && strcmp(bundle->members[i - 1].path, m->path) >= 0)
			hu_fuzz_wrong("members out of order: %s", m->path);
	}
	if (hu_fuzz_deep(in, 8))
		read_bundle(bundle, false);
	hu_bundle_close(bundle);
}

/* What workers say that list a folder, or read it, or first the one and then, for some, the other.
 */
enum task { LIST = 1, READ = 2 };

static void record(const char *folder, int tasks, void (*add)(void *to, struct hu_str in), void *to)
{
	const struct hu_limits limits = hu_fuzz_limits();
	HU_CLEANUP(hu_freep) char *copy = hu_test_format("%s/record", hu_fuzz_folder());
	struct hu_bundle *bundle = NULL;

	if (!hu_test_is_dir(folder))
		return;
	hu_test_copy(folder, copy);
	hu_out_clear(&heard);
	hu_pack_begin(&heard);
	hu_fuzz_children(NULL, hear);
	const char *const paths[] = {copy};
	struct hu_err *err = hu_bundle_open_boxed(paths, 1, &limits, HU_HASH_READ, NULL, &bundle);
	if (!err && tasks & READ) {
		struct hu_store *store = NULL;
		struct hu_loaded loaded;
		if (!(tasks & LIST)) {
			hu_out_clear(&heard);
			hu_pack_begin(&heard);
		}
		hu_fuzz_must(hu_store_create(":memory:", &store));
		err = hu_load(bundle, store, NULL, &loaded);
		hu_store_close(store);
	}
	move_here(copy);
	if (bundle)
		move_here(hu_scratch_path(bundle->scratch));
	if (!err)
		add(to, hu_out_view(&heard));
	hu_err_free(err);
	hu_bundle_close(bundle);
	hu_test_remove(copy);
}

static void seeds(const char *path, bool list, void (*add)(void *to, struct hu_str in), void *to)
{
	enum { FEW = 4 };
	HU_CLEANUP(hu_test_list_deinit) struct hu_test_list cases = {0};
	bool all = list && hu_str_ends(hu_str(path), "/hostile"); /* archives of all kinds */

	hu_test_dir(path, &cases);
	for (size_t i = 0; i < cases.count && (all || i < FEW); i++) {
		HU_CLEANUP(hu_freep) char *folder = hu_test_format("%s/%s", path, cases.at[i]);
		record(folder, !list ? READ : i || strlen(path) % 3 ? LIST : LIST | READ, add, to);
	}
}

static void seeds_wire(const char *path, void (*add)(void *to, struct hu_str in), void *to)
{
	seeds(path, false, add, to);
}

static void seeds_list(const char *path, void (*add)(void *to, struct hu_str in), void *to)
{
	seeds(path, true, add, to);
}

const struct hu_fuzz_target hu_fuzz_wire = {"wire", one_wire, seeds_wire, hu_mutate_wire};
const struct hu_fuzz_target hu_fuzz_list = {"list", one_list, seeds_list, hu_mutate_wire};
