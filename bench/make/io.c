/* Whole small files in, streams of any length out. */
#include "bench/make/make.h"

#include <errno.h>

struct hu_err *io_read(const char *path, struct hu_out *ret)
{
	enum { AT_ONCE = 1 << 16 };
	HU_CLEANUP(hu_freep) char *room = hu_alloc(AT_ONCE);
	FILE *file = fopen(path, "rbe");

	if (!file)
		return hu_err_os(errno, "%s cannot be read", path);
	for (size_t n; (n = fread(room, 1, AT_ONCE, file)) > 0;)
		hu_out_bytes(ret, room, n);
	int bad = ferror(file);
	fclose(file);
	return bad ? hu_err(HU_ERR_OS, "%s cannot be read", path) : NULL;
}

struct hu_err *io_open(const char *path, FILE **ret)
{
	FILE *file = fopen(path, "wbe");

	if (!file)
		return hu_err_os(errno, "%s cannot be written", path);
	setvbuf(file, NULL, _IOFBF, 1 << 20);
	*ret = file;
	return NULL;
}

struct hu_err *io_close(FILE *file, const char *path)
{
	int bad = ferror(file);

	if (fclose(file) != 0 || bad)
		return hu_err_os(errno, "%s cannot be written", path);
	return NULL;
}
