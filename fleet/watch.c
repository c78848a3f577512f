/* inotify says where to look; whether an entry is complete is asked of the entry. */
#include "fleet/watch.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "fleet/signature.h"
#include "fleet/worker.h"

enum { UNTOLD = 10, RESCAN_MS = 30000 };

struct entry {
	char *name;
	struct hu_key signature;
	int64_t since; /* it has looked like this */
	bool told;     /* somebody closed it, or moved it here */
};

struct hu_watch {
	char *path;
	int fd, settle_ms;
	const struct hu_inputs_ops *ops;
	void *data;
	struct entry *entries; /* not complete yet */
	size_t count, cap;
	struct hu_seen given; /* name → its signature when it was given */
	int64_t next_scan;
	bool gone;
};

static char *path_of(const struct hu_watch *watch, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", watch->path, name) < 0)
		hu_no_memory();
	return path;
}

static void forget(struct hu_watch *watch, size_t i)
{
	free(watch->entries[i].name);
	watch->entries[i] = watch->entries[--watch->count];
}

/* Something happened to this entry. */
static void touch(struct hu_watch *watch, const char *name, bool told, bool say)
{
	HU_CLEANUP(hu_freep) char *path = path_of(watch, name);
	size_t i = 0;

	while (i < watch->count && strcmp(watch->entries[i].name, name) != 0)
		i++;
	if (i < watch->count) {
		watch->entries[i].told |= told;
		return;
	}
	const char *why = hu_inputs_why_not(path, name, watch->ops->is_own);
	if (why) {
		if (say && *name != '.')
			watch->ops->left_out(watch->data, path, why);
		return;
	}
	if (watch->count == watch->cap) {
		watch->cap = watch->cap ? watch->cap * 2 : 16;
		watch->entries = hu_realloc(watch->entries, watch->cap * sizeof(struct entry));
	}
	watch->entries[watch->count++] =
		(struct entry){.name = hu_strdup(hu_str(name)), .since = hu_now_ms(), .told = told};
}

/* Has this entry been given as it is now? */
static bool was_given(const struct hu_watch *watch, const char *name, struct hu_key now)
{
	const int64_t *then = hu_seen_get(&watch->given, hu_key_of(hu_str(name)));

	return then && *then == (int64_t)now.a;
}

/* All entries: at first, when events were lost, and now and then, for what no event tells. */
static struct hu_err *scan(struct hu_watch *watch, bool first)
{
	DIR *dir = opendir(watch->path);
	struct dirent *e;

	if (!dir)
		return hu_err_os(errno, "cannot open %s", watch->path);
	while ((e = readdir(dir))) {
		struct hu_key now;
		HU_CLEANUP(hu_freep) char *path = path_of(watch, e->d_name);
		if (*e->d_name == '.' || !hu_signature(path, &now, NULL) ||
		    was_given(watch, e->d_name, now))
			continue;
		touch(watch, e->d_name, false, first);
	}
	closedir(dir);
	watch->next_scan = hu_now_ms() + RESCAN_MS;
	return NULL;
}

struct hu_err *hu_watch_open(const char *path, int settle_ms, const struct hu_inputs_ops *ops,
			     void *data, struct hu_watch **ret)
{
	HU_CLEANUP(hu_watch_closep) struct hu_watch *watch = hu_alloc(sizeof(*watch));
	const uint32_t what = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF |
			      IN_MOVE_SELF | IN_ONLYDIR;

	signal(SIGIO, SIG_IGN);
	watch->path = hu_strdup(hu_str(path));
	watch->settle_ms = settle_ms;
	watch->ops = ops;
	watch->data = data;
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd < 0 || inotify_add_watch(watch->fd, path, what) < 0)
		return hu_err_os(errno, "cannot watch %s", path);
	struct hu_err *err = scan(watch, true);
	if (err)
		return err;
	*ret = watch;
	watch = NULL;
	return NULL;
}

static struct hu_err *read_events(struct hu_watch *watch)
{
	_Alignas(struct inotify_event) char buffer[16384];
	struct hu_err *err = NULL;
	ssize_t n;

	while (!err && (n = read(watch->fd, buffer, sizeof(buffer))) > 0)
		for (ssize_t at = 0; at < n && !err;) {
			const struct inotify_event *e = (const void *)(buffer + at);
			at += (ssize_t)(sizeof(*e) + e->len);
			if (e->mask & IN_Q_OVERFLOW)
				err = scan(watch, false);
			else if (e->mask &
				 (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED))
				watch->gone = true;
			else if (e->len)
				touch(watch, e->name, e->mask & (IN_CLOSE_WRITE | IN_MOVED_TO),
				      true);
		}
	if (!err && watch->gone)
		err = hu_err(HU_ERR_OS, "%s, which is watched, was removed or moved away",
			     watch->path);
	return err;
}

/* Is it complete? One that is gone again is forgotten. */
static bool is_complete(struct hu_watch *watch, size_t *i, const char *path)
{
	struct entry *e = &watch->entries[*i];
	struct hu_key now;
	bool writing;

	if (!hu_signature(path, &now, &writing)) {
		forget(watch, (*i)--);
		return false;
	}
	if (writing || now.a != e->signature.a || now.b != e->signature.b) {
		e->signature = now;
		e->since = hu_now_ms();
		return false;
	}
	int64_t wait = (int64_t)watch->settle_ms * (e->told ? 1 : UNTOLD);
	if (hu_now_ms() - e->since < wait)
		return false;
	if (was_given(watch, e->name, now)) {
		forget(watch, (*i)--);
		return false;
	}
	return true;
}

struct hu_err *hu_watch_next(struct hu_watch *watch, struct hu_input *ret, bool *more)
{
	struct hu_err *err = read_events(watch);

	*more = false;
	if (!err && hu_now_ms() >= watch->next_scan)
		err = scan(watch, false);
	for (size_t i = 0; !err && i < watch->count; i++) {
		HU_CLEANUP(hu_freep) char *path = path_of(watch, watch->entries[i].name);
		if (!is_complete(watch, &i, path))
			continue;
		struct entry *e = &watch->entries[i];
		hu_seen_put(&watch->given, hu_key_of(hu_str(e->name)), (int64_t)e->signature.a);
		*ret = (struct hu_input){.path = path, .shown = hu_strdup(hu_str(e->name))};
		path = NULL;
		*more = true;
		forget(watch, i);
		return NULL;
	}
	return err;
}

int hu_watch_fd(const struct hu_watch *watch)
{
	return watch->fd;
}

size_t hu_watch_pending(const struct hu_watch *watch)
{
	return watch->count;
}

int hu_watch_ms(const struct hu_watch *watch)
{
	int64_t scan_in = watch->next_scan - hu_now_ms();
	int ms = scan_in > 0 ? (int)scan_in : 0;
	int look = watch->settle_ms / 4 + 1;

	return watch->count && look < ms ? look : ms;
}

void hu_watch_close(struct hu_watch *watch)
{
	if (!watch)
		return;
	while (watch->count)
		forget(watch, 0);
	if (watch->fd >= 0)
		close(watch->fd);
	hu_seen_deinit(&watch->given);
	free(watch->entries);
	free(watch->path);
	free(watch);
}

void hu_watch_closep(struct hu_watch **watch)
{
	hu_watch_close(*watch);
	*watch = NULL;
}
