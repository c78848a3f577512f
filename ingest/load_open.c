/* A member's bytes: its first ones, what is packed in it, or the folder that it is. */
#include "ingest/bundle_parts.h"
#include "ingest/load_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void (*hu_load_fault)(enum hu_phase phase, const char *path);

void hu_opened_deinit(struct hu_opened *opened)
{
	hu_scratch_clear(opened->unpacked);
	free(opened->folder);
	free(opened->cut);
}

const char *hu_opened_path(const struct hu_opened *opened)
{
	return opened->folder ? opened->folder : opened->file;
}

static struct hu_err *read_head(struct hu_opened *opened)
{
	int fd = open(opened->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	ssize_t n = 0;

	if (fd < 0)
		return hu_err_os(errno, "cannot be opened");
	opened->head_len = 0;
	while (opened->head_len < sizeof(opened->head) &&
	       (n = read(fd, opened->head + opened->head_len,
			 sizeof(opened->head) - opened->head_len)) > 0)
		opened->head_len += (size_t)n;
	int errnum = errno;
	close(fd);
	return n < 0 ? hu_err_os(errnum, "cannot be read") : NULL;
}

struct hu_err *hu_opened_begin(struct hu_opened *opened, const struct hu_member *member)
{
	opened->member = member;
	opened->file = member->file;
	return read_head(opened);
}

struct hu_err *hu_opened_unpack(struct hu_opened *opened, struct hu_bundle *bundle)
{
	if (opened->member->part_count) /* laid out as it is */
		return hu_bundle_lay_out(bundle, opened->member, &opened->folder);
	opened->packing = hu_sniff_compressed((struct hu_str){opened->head, opened->head_len});
	if (!opened->packing)
		return NULL;
	struct hu_err *err = hu_bundle_scratch(bundle);
	if (err)
		return err;
	HU_CLEANUP(hu_freep) char *name = hu_bundle_name(opened->member->path);
	err = hu_scratch_place(bundle->scratch, "unpacked", name, &opened->unpacked);
	if (err)
		return err;
	err = hu_unpack_file(bundle, opened->file, opened->unpacked, &opened->cut);
	if (err) {
		err = hu_err_in(err, "while %s was unpacked", opened->packing);
		return hu_path_names_tar(opened->member->path)
			       ? hu_err_in(err, "in an archive that is cut or damaged")
			       : err;
	}
	opened->file = opened->unpacked;
	return read_head(opened);
}
