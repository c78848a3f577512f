/* Vectors in mapped files, a thread that takes their pages back, and sorting by runs. */
#include "analyzers/spill.h"
#include "analyzers/model.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FILES = 32, EVERY_MS = 15 };
static const size_t least = 256 << 10, run_bytes = 4 << 20;

struct file {
	char *at; /* NULL: free */
	size_t bytes;
	int fd;
};

struct hu_spill {
	const char *folder;
	struct file files[MAX_FILES];
	pthread_mutex_t lock; /* guards `files` and `stop` */
	pthread_cond_t wake;
	pthread_t thread;
	bool running, stop;
};

/* What is dropped here stays in the page cache: the mapping is shared with its file. */
static void *take_back(void *spill)
{
	struct hu_spill *s = spill;

	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		struct timespec until;
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += EVERY_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&s->wake, &s->lock, &until);
		for (size_t i = 0; i < MAX_FILES; i++)
			if (s->files[i].at)
				madvise(s->files[i].at, s->files[i].bytes, MADV_DONTNEED);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

struct hu_spill *hu_spill_new(const char *folder)
{
	struct hu_spill *s = hu_alloc(sizeof(*s));
	pthread_condattr_t attr;

	s->folder = folder;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_condattr_destroy(&attr);
	return s;
}

void hu_spill_free(struct hu_spill *s)
{
	if (!s)
		return;
	if (s->running) {
		pthread_mutex_lock(&s->lock);
		s->stop = true;
		pthread_cond_signal(&s->wake);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->thread, NULL);
	}
	for (size_t i = 0; i < MAX_FILES; i++) {
		if (!s->files[i].at)
			continue;
		munmap(s->files[i].at, s->files[i].bytes);
		close(s->files[i].fd);
	}
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->wake);
	free(s);
}

static struct file *file_of(struct hu_spill *s, const void *at)
{
	for (size_t i = 0; s && i < MAX_FILES; i++)
		if (s->files[i].at == at)
			return &s->files[i];
	return NULL;
}

/* A mapping of a file without a name; NULL: none can be had. */
static struct file *new_file(struct hu_spill *s, size_t bytes)
{
	struct file *f = s->folder ? file_of(s, NULL) : NULL;

	if (!f)
		return NULL;
	int fd = open(s->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return NULL;
	void *at = MAP_FAILED;
	/* All of it is reserved: a full disk is said here, and not by a signal. */
	if (posix_fallocate(fd, 0, (off_t)bytes) == 0)
		at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED) {
		close(fd);
		return NULL;
	}
	pthread_mutex_lock(&s->lock);
	*f = (struct file){at, bytes, fd};
	pthread_mutex_unlock(&s->lock);
	if (!s->running)
		s->running = pthread_create(&s->thread, NULL, take_back, s) == 0;
	return f;
}

static void drop_file(struct hu_spill *s, struct file *f)
{
	struct file old = *f;

	pthread_mutex_lock(&s->lock);
	*f = (struct file){NULL, 0, -1};
	pthread_mutex_unlock(&s->lock);
	munmap(old.at, old.bytes);
	close(old.fd);
}

void hu_spill_drop(struct hu_spill *s, void *at)
{
	struct file *f = at ? file_of(s, at) : NULL;

	if (f)
		drop_file(s, f);
	else
		free(at);
}

static bool enlarge(struct hu_spill *s, struct file *f, size_t bytes)
{
	if (posix_fallocate(f->fd, 0, (off_t)bytes) != 0)
		return false;
	pthread_mutex_lock(&s->lock);
	void *at = mremap(f->at, f->bytes, bytes, MREMAP_MAYMOVE);
	if (at != MAP_FAILED) {
		f->at = at;
		f->bytes = bytes;
	}
	pthread_mutex_unlock(&s->lock);
	return at != MAP_FAILED;
}

void *hu_spill_grow(struct hu_spill *s, void *at, size_t *cap, size_t need, size_t size)
{
	struct file *f = at ? file_of(s, at) : NULL;
	size_t bytes = *cap * size;

	if (!f && (!s || !s->folder || bytes < least))
		return hu_vec_grow(at, cap, need, size);
	size_t more = (need > *cap ? need : *cap) + *cap / 2;
	if (f && enlarge(s, f, more * size)) {
		*cap = more;
		return f->at;
	}
	struct file *fresh = f ? NULL : new_file(s, more * size);
	if (fresh) {
		memcpy(fresh->at, at, bytes);
		free(at);
		*cap = more;
		return fresh->at;
	}
	if (!f)
		return hu_vec_grow(at, cap, need, size);
	/* No room for more in the file: back to memory. */
	void *plain = hu_realloc(NULL, more * size);
	memcpy(plain, f->at, bytes);
	drop_file(s, f);
	*cap = more;
	return plain;
}

struct merge {
	const char *at;
	size_t size;
	int (*compare)(const void *a, const void *b, void *with);
	void *with;
	size_t runs;
	struct run {
		size_t next, end;
	} * run;
};

/* Which of two runs' first items comes first; of equal ones the earlier run's. */
static bool before(const struct merge *m, const struct run *a, const struct run *b)
{
	int order = m->compare(m->at + a->next * m->size, m->at + b->next * m->size, m->with);

	return order ? order < 0 : a->next < b->next;
}

static void sift(struct merge *m, size_t at)
{
	for (;;) {
		size_t child = at * 2 + 1, first = at;
		for (size_t i = child; i < child + 2 && i < m->runs; i++)
			if (before(m, &m->run[i], &m->run[first]))
				first = i;
		if (first == at)
			return;
		struct run swap = m->run[at];
		m->run[at] = m->run[first];
		m->run[first] = swap;
		at = first;
	}
}

static void merge_runs(struct merge *m, char *to)
{
	for (size_t i = m->runs; i-- > 0;)
		sift(m, i);
	while (m->runs) {
		struct run *r = &m->run[0];
		memcpy(to, m->at + r->next * m->size, m->size);
		to += m->size;
		if (++r->next == r->end)
			*r = m->run[--m->runs];
		sift(m, 0);
	}
}

int hu_spill_plain(const void *a, const void *b, void *order)
{
	const struct hu_spill_order *o = order;

	return o->compare(a, b);
}

void *hu_spill_sort(struct hu_spill *s, void *at, size_t *cap, size_t count, size_t size,
		    int (*compare)(const void *a, const void *b, void *with), void *with)
{
	struct file *f = at ? file_of(s, at) : NULL;
	struct file *to = f ? new_file(s, count * size) : NULL;
	size_t per_run = run_bytes / size;

	if (!to) {
		if (count)
			qsort_r(at, count, size, compare, with);
		return at;
	}
	struct merge m = {f->at, size, compare, with, (count + per_run - 1) / per_run, NULL};
	HU_CLEANUP(hu_freep) struct run *runs = hu_alloc(m.runs * sizeof(*runs));
	m.run = runs;
	for (size_t i = 0; i < m.runs; i++) {
		runs[i].next = i * per_run;
		runs[i].end = i + 1 < m.runs ? (i + 1) * per_run : count;
		qsort_r(f->at + runs[i].next * size, runs[i].end - runs[i].next, size, compare,
			with);
	}
	merge_runs(&m, to->at);
	drop_file(s, f);
	*cap = count;
	return to->at;
}
