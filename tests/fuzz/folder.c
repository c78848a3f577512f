/* Readers of folders: an input is a pack of files (pack.c), each under its path below the folder.
 */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/reader.h"
#include "tests/support.h"

/* As the bundle module hands them out: clean relative paths. */
static bool sound(struct hu_str name)
{
	struct hu_str rest = name;

	if (!name.len || name.len > 200 || memchr(name.at, 0, name.len))
		return false;
	while (rest.len) {
		struct hu_str part = hu_str_split(&rest, '/');
		if (!part.len || hu_str_is(part, ".") || hu_str_is(part, ".."))
			return false;
	}
	return name.at[name.len - 1] != '/';
}

static void put(const char *folder, const struct hu_piece *piece)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out path = {0};

	hu_out_printf(&path, "%s/%.*s", folder, (int)piece->name.len, piece->name.at);
	for (size_t i = strlen(folder) + 1; i < path.len; i++)
		if (path.at[i] == '/') {
			path.at[i] = 0;
			mkdir(path.at, 0700);
			path.at[i] = '/';
		}
	int fd = open(path.at, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (write(fd, piece->bytes.at, piece->bytes.len) < 0)
		hu_fuzz_wrong("cannot write: %s", strerror(errno));
	close(fd);
}

void hu_fuzz_reader_folder(struct hu_str in)
{
	const struct hu_reader_ops *reader = hu_fuzz_its_reader();
	HU_CLEANUP(hu_freep) char *folder = hu_test_format("%s/capture", hu_fuzz_folder());
	struct hu_str rest = hu_pack_open(in);
	struct hu_piece piece;

	mkdir(folder, 0700);
	for (int n = 0; n < 200 && hu_pack_next(&rest, &piece); n++) {
		const struct hu_str head = {piece.bytes.at, piece.bytes.len < HU_PROBE_BYTES
								    ? piece.bytes.len
								    : HU_PROBE_BYTES};
		if (hu_str_is(piece.name, reader->folder_key)) {
			const struct hu_probe probe = {reader->folder_key, true, head};
			reader->probe(&probe);
		} else if (reader->folder_takes && !reader->folder_takes(piece.name, head)) {
			continue;
		}
		if (sound(piece.name))
			put(folder, &piece);
	}
	hu_fuzz_read(folder, in);
	hu_test_remove(folder);
}

static void gather(const char *path, const char *below, struct hu_out *to)
{
	HU_CLEANUP(hu_test_list_deinit) struct hu_test_list names = {0};

	hu_test_dir(path, &names);
	for (size_t i = 0; i < names.count; i++) {
		HU_CLEANUP(hu_freep) char *member = hu_test_format("%s/%s", path, names.at[i]);
		HU_CLEANUP(hu_freep)
		char *name = hu_test_format("%s%s%s", below, *below ? "/" : "", names.at[i]);
		HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0};
		if (hu_test_is_dir(member))
			gather(member, name, to);
		else if (hu_test_slurp(member, &bytes))
			hu_pack_add(to, hu_str(name), hu_out_view(&bytes));
	}
}

/* A folder that has the reader's key in it, or one that has such folders. */
void hu_fuzz_folder_seeds(const char *path, void (*add)(void *to, struct hu_str in), void *to)
{
	const char *key = hu_fuzz_its_reader()->folder_key;
	HU_CLEANUP(hu_freep) char *file = hu_test_format("%s/%s", path, key);
	HU_CLEANUP(hu_test_list_deinit) struct hu_test_list names = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out pack = {0};

	if (!hu_test_is_dir(path))
		return;
	if (hu_test_is_file(file)) {
		hu_pack_begin(&pack);
		gather(path, "", &pack);
		add(to, hu_out_view(&pack));
		return;
	}
	hu_test_dir(path, &names);
	for (size_t i = 0; i < names.count; i++) {
		HU_CLEANUP(hu_freep) char *below = hu_test_format("%s/%s", path, names.at[i]);
		hu_fuzz_folder_seeds(below, add, to);
	}
}
