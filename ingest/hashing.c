/*
 * Hashing beside reading. The worker says a hash when it has it; the parent listens when it needs
 * it, at the end of the member, and by then most are there: hashing is faster than reading.
 */
#include "ingest/hashing.h"
#include "ingest/box.h"
#include "ingest/bundle_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The worker. */

static void say(struct hu_wire_out *w, size_t index, const char *file)
{
	struct hu_member got = {.path = NULL};
	struct hu_err *err = hu_hash_file(file, &got);

	hu_wire_int(w, (int64_t)index);
	hu_wire_text(w, err ? "" : got.sha256);
	hu_wire_text(w, err ? hu_err_text(err) : NULL);
	hu_wire_int(w, got.bytes);
	hu_wire_int(w, got.changed);
	hu_wire_send(w, HU_SAID_HASH);
	hu_err_free(err);
}

static int work(void *with, int out)
{
	const struct hu_bundle *bundle = with;
	struct hu_wire_out w = {.fd = out};
	struct hu_err *err = hu_box_enter(bundle);

	if (err)
		return hu_box_failed(&w, err);
	for (size_t i = 0; i < bundle->count; i++)
		if (bundle->members[i].hash_later)
			say(&w, i, bundle->members[i].file);
	hu_wire_send(&w, HU_SAID_DONE);
	return 0;
}

/* The parent. */

struct hu_hashing {
	struct hu_bundle *bundle;
	struct hu_wire_in in;
	bool *waits;	/* per member: its hash has not come … */
	char **because; /* … or this is to be said of it */
	bool over;	/* the worker says no more */
	int faults;
	char *why; /* it ended too early */
};

struct hu_err *hu_hashing_start(struct hu_bundle *bundle, struct hu_hashing **ret)
{
	*ret = NULL;
	if (!hu_bundle_hashes_later(bundle))
		return NULL;
	struct hu_hashing *h = hu_alloc(sizeof(*h));
	h->bundle = bundle;
	h->in.limit = bundle->limits.member_s * 1000000000;
	struct hu_err *err = hu_child_start(work, bundle, &h->in.child);
	if (err) {
		free(h);
		return err;
	}
	h->because = hu_alloc(bundle->count * sizeof(char *));
	h->waits = hu_alloc(bundle->count * sizeof(*h->waits));
	for (size_t i = 0; i < bundle->count; i++)
		h->waits[i] = bundle->members[i].hash_later;
	*ret = h;
	return NULL;
}

/* False: no worker of ours says that. */
static bool hear_hash(struct hu_hashing *h, struct hu_heard *heard)
{
	int64_t index = hu_heard_int(heard);
	HU_CLEANUP(hu_freep) char *hash = hu_heard_text(heard);
	HU_CLEANUP(hu_freep) char *why = hu_heard_text(heard);
	int64_t bytes = hu_heard_int(heard), changed = hu_heard_int(heard);

	if (heard->broken || index < 0 || (size_t)index >= h->bundle->count || !hu_is_hash(hash) ||
	    !*hash == !why)
		return false;
	struct hu_member *m = &h->bundle->members[index];
	if (!h->waits[index])
		return false;
	h->waits[index] = false;
	h->in.since = hu_child_cpu(h->in.child);
	memcpy(m->sha256, hash, strlen(hash) + 1);
	if (why && asprintf(&h->because[index], "it has no hash: %s", why) < 0)
		hu_no_memory();
	/* What is written from the listing on shows here, or where the reader ends. */
	if (!why && (bytes != m->bytes || changed != m->changed))
		h->because[index] = hu_strdup(hu_str(
			"it was written to before it was hashed: its hash may not be that of "
			"what was read"));
	return true;
}

/* Hears one message; false: there are no more. */
static bool listen(struct hu_hashing *h)
{
	struct hu_heard heard;
	bool done = false, fault = false;
	hu_ns cpu;

	if (h->over)
		return false;
	enum hu_hearing last = hu_wire_hear(&h->in, &heard);
	if (last == HU_HEARD && heard.said == HU_SAID_HASH && hear_hash(h, &heard))
		return true;
	if (last == HU_HEARD && heard.said == HU_SAID_FAILED) {
		struct hu_err *err = hu_box_error(&heard);
		h->why = err ? hu_strdup(hu_str(hu_err_text(err))) : NULL;
		hu_err_free(err);
		done = h->why != NULL;
	} else if (last == HU_HEARD && heard.said == HU_SAID_DONE) {
		done = true;
	}
	if (last == HU_HEARD)
		last = done ? HU_HEARD_END : HU_HEARD_ODD;
	HU_CLEANUP(hu_freep)
	char *why = hu_box_end(&h->in, last, &h->bundle->limits, &fault, &cpu);
	h->over = true;
	if (done)
		return false;
	h->faults = fault;
	h->why = why;
	why = NULL;
	return false;
}

char *hu_hashing_wait(struct hu_hashing *h, size_t index)
{
	if (!h)
		return NULL;
	while (h->waits[index] && listen(h))
		;
	if (h->waits[index]) {
		h->waits[index] = false;
		if (asprintf(&h->because[index], "it has no hash: %s",
			     h->why ? h->why : "the worker that makes it ended") < 0)
			hu_no_memory();
	}
	char *because = h->because[index];
	h->because[index] = NULL;
	return because;
}

int hu_hashing_end(struct hu_hashing *h, bool wait)
{
	if (!h)
		return 0;
	for (size_t i = 0; i < h->bundle->count && wait; i++)
		free(hu_hashing_wait(h, i));
	while (wait && listen(h))
		;
	if (!h->over)
		hu_child_end(h->in.child, true);
	for (size_t i = 0; i < h->bundle->count; i++)
		free(h->because[i]);
	hu_bundle_identify(h->bundle);
	int faults = h->faults;
	hu_wire_in_deinit(&h->in);
	free(h->because);
	free(h->waits);
	free(h->why);
	free(h);
	return faults;
}
