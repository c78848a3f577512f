/* Bundles unpacked and packed again, by tests: some megabytes at most. */
#include "tests/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support.h"

static bool copy_data(struct archive *in, struct archive *out)
{
	char block[65536];
	la_ssize_t n;

	for (n = archive_read_data(in, block, sizeof(block)); n > 0;
	     n = archive_read_data(in, block, sizeof(block)))
		if (archive_write_data(out, block, (size_t)n) != n)
			return false;
	return n == 0;
}

bool hu_test_unpack(const char *from, const char *to)
{
	struct archive *in = archive_read_new(), *out = archive_write_disk_new();
	struct archive_entry *entry;
	bool ok;

	archive_read_support_filter_all(in);
	archive_read_support_format_all(in);
	ok = archive_read_open_filename(in, from, 65536) == ARCHIVE_OK;
	while (ok && archive_read_next_header(in, &entry) == ARCHIVE_OK) {
		char *path = hu_test_format("%s/%s", to, archive_entry_pathname(entry));

		archive_entry_set_pathname(entry, path);
		free(path);
		ok = archive_write_header(out, entry) == ARCHIVE_OK &&
		     (archive_entry_size(entry) == 0 || copy_data(in, out));
	}
	if (!ok)
		printf("%s: %s\n", from, archive_error_string(in));
	archive_read_free(in);
	archive_write_free(out);
	return ok;
}

/* Adds what is under root/name to the archive, under `name`, in sorted order. */
static bool pack_tree(struct archive *out, const char *root, const char *name)
{
	char *path = hu_test_format("%s/%s", root, name);
	struct hu_test_list names HU_CLEANUP(hu_test_list_deinit) = {0};
	struct archive_entry *entry = archive_entry_new();
	struct hu_out bytes HU_CLEANUP(hu_out_deinit) = {0};
	bool is_dir = hu_test_is_dir(path), ok = is_dir || hu_test_slurp(path, &bytes);

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, is_dir ? AE_IFDIR : AE_IFREG);
	archive_entry_set_perm(entry, is_dir ? 0755 : 0644);
	archive_entry_set_size(entry, (la_int64_t)bytes.len);
	ok = ok && archive_write_header(out, entry) == ARCHIVE_OK;
	if (ok && bytes.len)
		ok = archive_write_data(out, bytes.at, bytes.len) == (la_ssize_t)bytes.len;
	archive_entry_free(entry);
	if (is_dir)
		hu_test_dir(path, &names);
	for (size_t i = 0; ok && i < names.count; i++) {
		char *member = hu_test_format("%s/%s", name, names.at[i]);

		ok = pack_tree(out, root, member);
		free(member);
	}
	free(path);
	return ok;
}

bool hu_test_pack(const char *root, const char *name, const char *to)
{
	struct archive *out = archive_write_new();
	bool ok;

	archive_write_set_format_pax_restricted(out);
	ok = archive_write_open_filename(out, to) == ARCHIVE_OK && pack_tree(out, root, name);
	ok = archive_write_close(out) == ARCHIVE_OK && ok;
	if (!ok)
		printf("%s: %s\n", to, archive_error_string(out));
	archive_write_free(out);
	return ok;
}
