/* Files that appear whole. */
#include "fleet/whole.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/text.h"

struct hu_err *hu_whole_begin(struct hu_whole *whole, const char *dir, const char *name)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};

	hu_out_printf(&out, "%s/%s", dir, name);
	whole->path = hu_strdup(hu_out_view(&out));
	hu_out_puts(&out, ".new");
	whole->making = hu_strdup(hu_out_view(&out));
	whole->file = fopen(whole->making, "we");
	if (whole->file)
		return NULL;
	struct hu_err *err = hu_err_os(errno, "cannot write %s", whole->making);
	free(whole->path);
	free(whole->making);
	return err;
}

struct hu_err *hu_whole_end(struct hu_whole *whole, struct hu_err *why)
{
	bool bad = fflush(whole->file) != 0 || ferror(whole->file);

	if (!bad && !why)
		bad = fsync(fileno(whole->file)) < 0 && errno != EINVAL;
	int error = bad ? errno : 0;
	if (fclose(whole->file) != 0 && !bad) {
		bad = true;
		error = errno;
	}
	if (!bad && !why && rename(whole->making, whole->path) < 0) {
		bad = true;
		error = errno;
	}
	if (bad || why)
		unlink(whole->making);
	if (bad && !why)
		why = hu_err_os(error, "cannot write %s", whole->path);
	free(whole->path);
	free(whole->making);
	return why;
}

struct hu_err *hu_whole_write(const char *dir, const char *name, struct hu_str bytes)
{
	struct hu_whole whole = {0};
	struct hu_err *err = hu_whole_begin(&whole, dir, name);

	if (err)
		return err;
	if (bytes.len)
		fwrite(bytes.at, 1, bytes.len, whole.file);
	return hu_whole_end(&whole, NULL);
}
