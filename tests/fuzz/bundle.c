/*
 * Bytes of an archive: listed, unpacked, every member probed and read, all in this process, in the
 * limits of a small bundle. Seeds are the hostile bundles, and small cases of readers as tar, zip,
 * cpio and 7z, packed and not.
 */
#include "tests/fuzz/fuzz.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/rows.h"
#include "ingest/load.h"
#include "tests/support.h"

struct hu_limits hu_fuzz_limits(void)
{
	struct hu_limits limits = hu_default_limits;

	limits.bytes = 4 << 20;
	limits.ratio_from = 1 << 20;
	limits.ratio = 100;
	limits.free_bytes = 0;
	limits.files = 200;
	limits.depth = 20;
	limits.line = 1 << 16;
	limits.caps = (struct hu_caps){.rows = 20000,
				       .names = 5000,
				       .text_bytes = 1 << 20,
				       .stacks = 2000,
				       .depth = 64,
				       .tasks = 200,
				       .locks = 200};
	return limits;
}

static void sound(struct hu_bundle *bundle)
{
	for (size_t i = 0; i < bundle->count; i++) {
		const struct hu_member *m = &bundle->members[i];
		hu_fuzz_printable("a path", hu_str(m->path));
		if (m->file && strncmp(m->file, hu_fuzz_folder(), strlen(hu_fuzz_folder())) != 0)
			hu_fuzz_wrong("%s lies at %s", m->path, m->file);
		if (!m->file && !m->why)
			hu_fuzz_wrong("%s is not read, and nobody says why", m->path);
		if (i && strcmp(bundle->members[i - 1].path, m->path) >= 0)
			hu_fuzz_wrong("%s and %s are out of order", bundle->members[i - 1].path,
				      m->path);
	}
}

static void load(struct hu_bundle *bundle)
{
	struct hu_store *store = NULL;
	struct hu_loaded loaded;

	hu_fuzz_must(hu_store_create(":memory:", &store));
	hu_fuzz_must(hu_load(bundle, store, NULL, &loaded));
	struct hu_rows *rows = hu_rows_open(store, "SELECT count(*) FROM source");
	if (!hu_rows_next(rows) || (size_t)hu_rows_int(rows, 0) != bundle->count)
		hu_fuzz_wrong("%zu members, and not as many sources", bundle->count);
	hu_fuzz_must(hu_rows_close(rows));
	hu_store_close(store);
}

static void one(struct hu_str in)
{
	HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/case", hu_fuzz_folder());
	const char *const paths[] = {path};
	const struct hu_limits limits = hu_fuzz_limits();
	struct hu_bundle *bundle = NULL;

	if (!hu_test_spew(path, in))
		return;
	struct hu_err *err = hu_bundle_open(paths, 1, &limits, NULL, &bundle);
	if (err && hu_err_code(err) == HU_ERR_BUG)
		hu_fuzz_must(err);
	hu_err_free(err);
	if (bundle) {
		sound(bundle);
		load(bundle);
		hu_bundle_close(bundle);
	}
	unlink(path);
}

static la_ssize_t keep(struct archive *a, void *with, const void *at, size_t len)
{
	(void)a;
	hu_out_bytes(with, at, len);
	return (la_ssize_t)len;
}

static void pack(const char *folder, const struct hu_test_list *names, int form, struct hu_out *ret)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	if (form == 0)
		archive_write_set_format_pax_restricted(a);
	else if (form == 1)
		archive_write_set_format_zip(a);
	else if (form == 2)
		archive_write_set_format_7zip(a);
	else if (form == 3)
		archive_write_set_format_cpio_newc(a);
	else
		archive_write_set_format_gnutar(a);
	if (form == 4)
		archive_write_add_filter_gzip(a);
	if (form == 5)
		archive_write_add_filter_zstd(a);
	archive_write_set_bytes_in_last_block(a, 1);
	archive_write_open(a, ret, NULL, keep, NULL);
	for (size_t i = 0; i < names->count; i++) {
		HU_CLEANUP(hu_freep) char *path = hu_test_format("%s/%s", folder, names->at[i]);
		HU_CLEANUP(hu_freep) char *name = hu_test_format("case/%s", names->at[i]);
		HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0};
		if (!hu_test_is_file(path) || !hu_test_slurp(path, &bytes))
			continue;
		archive_entry_clear(entry);
		archive_entry_set_pathname(entry, name);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_perm(entry, 0644);
		archive_entry_set_size(entry, (la_int64_t)bytes.len);
		archive_write_header(a, entry);
		archive_write_data(a, bytes.at, bytes.len);
	}
	archive_entry_free(entry);
	archive_write_close(a);
	archive_write_free(a);
}

/* A hostile bundle as it is; of a reader's folder the first small case. */
static void seeds(const char *path, void (*add)(void *to, struct hu_str in), void *to)
{
	enum { SMALL = 60000 };
	static int form;
	HU_CLEANUP(hu_test_list_deinit) struct hu_test_list cases = {0};

	hu_test_dir(path, &cases);
	for (size_t i = 0; i < cases.count; i++) {
		HU_CLEANUP(hu_freep) char *folder = hu_test_format("%s/%s", path, cases.at[i]);
		HU_CLEANUP(hu_test_list_deinit) struct hu_test_list names = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out packed = {0};
		bool hostile = false;
		hu_test_dir(folder, &names);
		for (size_t k = 0; k < names.count; k++) {
			HU_CLEANUP(hu_freep)
			char *file = hu_test_format("%s/%s", folder, names.at[k]);
			HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0};
			if (strncmp(names.at[k], "bundle.", 7) != 0)
				continue;
			hostile = true;
			if (hu_test_is_file(file) && hu_test_slurp(file, &bytes) &&
			    bytes.len < SMALL)
				add(to, hu_out_view(&bytes));
		}
		if (hostile || !names.count || hu_str_ends(hu_str(path), "/hostile"))
			continue;
		pack(folder, &names, form++ % 6, &packed);
		if (packed.len < SMALL) {
			add(to, hu_out_view(&packed));
			break;
		}
	}
}

const struct hu_fuzz_target hu_fuzz_bundle = {"bundle", one, seeds, hu_mutate_archive};
