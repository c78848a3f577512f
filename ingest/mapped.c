/*
 * A file in the address space, read once from front to back: no copy, and the kernel may drop what
 * was read, so that a text of any size costs the same memory.
 */
#include "ingest/mapped.h"
#include "db/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Those that are open: a reader has one or two. */
enum { OPEN = 8 };
static struct hu_str open_files[OPEN];

static void remember(struct hu_str text, struct hu_str in_place_of)
{
	for (size_t i = 0; i < OPEN; i++) {
		if (open_files[i].at != in_place_of.at)
			continue;
		open_files[i] = text;
		return;
	}
}

void hu_mapped_rest(void)
{
	for (size_t i = 0; i < OPEN; i++)
		if (open_files[i].at)
			(void)madvise((void *)(uintptr_t)open_files[i].at, open_files[i].len,
				      MADV_DONTNEED);
}

struct hu_err *hu_mapped_open(const char *path, struct hu_mapped *ret)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return hu_err_os(errno, "cannot be opened");
	if (fstat(fd, &st) < 0) {
		int saved = errno;
		close(fd);
		return hu_err_os(saved, "cannot be examined");
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return hu_err(HU_ERR_BAD_INPUT, "is not a regular file");
	}
	if (st.st_size == 0) {
		close(fd);
		*ret = (struct hu_mapped){{"", 0}};
		return NULL;
	}
	void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	int saved = errno;
	close(fd);
	if (at == MAP_FAILED)
		return hu_err_os(saved, "cannot be mapped");
	(void)madvise(at, (size_t)st.st_size, MADV_SEQUENTIAL);
	*ret = (struct hu_mapped){{at, (size_t)st.st_size}};
	remember(ret->text, (struct hu_str){NULL, 0});
	hu_reading_file(at, (size_t)st.st_size);
	return NULL;
}

void hu_mapped_close(struct hu_mapped *file)
{
	if (file->text.len)
		remember((struct hu_str){NULL, 0}, file->text);
	if (file->text.len)
		munmap((void *)(uintptr_t)file->text.at, file->text.len);
	*file = (struct hu_mapped){{NULL, 0}};
}
