/*
 * A bundle listed in the sandbox: a worker unpacks and hashes, and tells the list through a pipe.
 * The list is data: nothing in it is opened on this side.
 */
#include "ingest/box.h"
#include "ingest/bundle_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The worker. */

static void say_step(void *data, const char *what, int64_t done, int64_t of)
{
	struct hu_wire_out *w = data;

	(void)of;
	hu_wire_int(w, done);
	hu_wire_text(w, what);
	hu_wire_send(w, HU_SAID_STEP);
}

static void say_within(void *data, int64_t bytes, int64_t of, int64_t rows)
{
	struct hu_wire_out *w = data;

	(void)rows;
	hu_wire_int(w, bytes);
	hu_wire_int(w, of);
	hu_wire_send(w, HU_SAID_SHARE);
}

static void say_member(struct hu_wire_out *w, const struct hu_member *m)
{
	hu_wire_text(w, m->path);
	hu_wire_text(w, m->file);
	hu_wire_text(w, m->why);
	hu_wire_text(w, m->cut);
	hu_wire_int(w, m->bytes);
	hu_wire_text(w, m->sha256);
	hu_wire_int(w, m->hash_later);
	hu_wire_int(w, m->changed);
	hu_wire_int(w, (int64_t)m->order);
	hu_wire_int(w, m->outside);
	hu_wire_send(w, HU_SAID_MEMBER);
	for (size_t i = 0; i < m->part_count; i++) {
		hu_wire_text(w, m->parts[i].below);
		hu_wire_text(w, m->parts[i].file);
		hu_wire_text(w, m->parts[i].sha256);
		hu_wire_send(w, HU_SAID_PART);
	}
}

static int list(void *with, int out)
{
	struct hu_bundle *bundle = with;
	struct hu_wire_out w = {.fd = out};
	const struct hu_progress progress = {say_step, &w, say_within};
	struct hu_err *err = hu_box_enter(bundle);

	if (!err)
		err = hu_bundle_fill(bundle, &progress);
	if (err)
		return hu_box_failed(&w, err);
	for (size_t i = 0; i < bundle->count; i++)
		say_member(&w, &bundle->members[i]);
	for (size_t i = 0; i < bundle->own_count; i++) {
		hu_wire_text(&w, bundle->own[i]);
		hu_wire_send(&w, HU_SAID_OWN);
	}
	hu_wire_text(&w, bundle->name);
	hu_wire_text(&w, bundle->sha256);
	hu_wire_int(&w, bundle->bytes);
	hu_wire_int(&w, bundle->files);
	hu_wire_int(&w, (int64_t)bundle->placed);
	hu_wire_int(&w, bundle->unpacked);
	hu_wire_send(&w, HU_SAID_BUNDLE);
	return 0;
}

/* The parent. */

struct hearing {
	struct hu_bundle *bundle;
	const struct hu_progress *progress;
	struct hu_wire_in in;
	size_t members_cap, parts_cap;
	size_t bytes; /* of all texts */
	bool whole;
	struct hu_err *failed;
};

/* Paths, and what stands beside them: more than any bundle has. */
static const size_t list_max = (size_t)1 << 30;

bool hu_is_hash(const char *text)
{
	return text && (!*text || (strlen(text) == HU_SHA256_TEXT - 1 &&
				   strspn(text, "0123456789abcdef") == HU_SHA256_TEXT - 1));
}

/* A path that lies in what was given, or in the scratch folder. The worker could open no other. */
static bool may_lie(const struct hu_bundle *bundle, const char *file)
{
	const char *scratch = hu_scratch_path(bundle->scratch);
	bool inside = !strncmp(file, scratch, strlen(scratch));

	for (size_t i = 0; i < bundle->input_count && !inside; i++)
		inside = !strncmp(file, bundle->inputs[i], strlen(bundle->inputs[i]));
	return inside;
}

/* Not hu_heard_text(): a name on this machine is bytes. */
static char *heard_file(struct hu_heard *h, const struct hu_bundle *bundle)
{
	int64_t len = hu_heard_int(h);

	if (h->broken || len == -1)
		return NULL;
	if (len < 0 || (uint64_t)len > h->rest.len) {
		h->broken = true;
		return NULL;
	}
	char *file = hu_strdup((struct hu_str){h->rest.at, (size_t)len});
	h->rest = hu_str_skip(h->rest, (size_t)len);
	if (strlen(file) == (size_t)len && may_lie(bundle, file))
		return file;
	free(file);
	h->broken = true;
	return NULL;
}

static bool hear_member(struct hearing *h, struct hu_heard *heard)
{
	struct hu_bundle *bundle = h->bundle;

	if (bundle->count == h->members_cap) {
		h->members_cap = h->members_cap ? h->members_cap * 2 : 64;
		bundle->members =
			hu_realloc(bundle->members, h->members_cap * sizeof(*bundle->members));
	}
	struct hu_member *m = &bundle->members[bundle->count++];
	*m = (struct hu_member){.path = hu_heard_text(heard)};
	m->file = heard_file(heard, bundle);
	m->why = hu_heard_text(heard);
	m->cut = hu_heard_text(heard);
	m->bytes = hu_heard_int(heard);
	HU_CLEANUP(hu_freep) char *hash = hu_heard_text(heard);
	m->hash_later = hu_heard_int(heard) != 0;
	m->changed = hu_heard_int(heard);
	m->order = (size_t)hu_heard_int(heard);
	m->outside = hu_heard_int(heard) != 0;
	h->parts_cap = 0;
	if (!m->path)
		m->path = hu_strdup(hu_str("?"));
	if (heard->broken || m->bytes < 0 || !hu_is_hash(hash) || !m->file == !m->why ||
	    (m->hash_later && (!bundle->hash_later || !m->file || *hash)))
		return false;
	/* they come sorted, and no two share a path */
	if (bundle->count > 1 && strcmp(m[-1].path, m->path) >= 0)
		return false;
	memcpy(m->sha256, hash, strlen(hash) + 1);
	return true;
}

static bool hear_part(struct hearing *h, struct hu_heard *heard)
{
	struct hu_member *m = h->bundle->count ? &h->bundle->members[h->bundle->count - 1] : NULL;

	if (!m)
		return false;
	if (m->part_count == h->parts_cap) {
		h->parts_cap = h->parts_cap ? h->parts_cap * 2 : 16;
		m->parts = hu_realloc(m->parts, h->parts_cap * sizeof(*m->parts));
	}
	struct hu_part *part = &m->parts[m->part_count++];
	part->below = hu_heard_text(heard);
	part->file = heard_file(heard, h->bundle);
	HU_CLEANUP(hu_freep) char *hash = hu_heard_text(heard);
	if (heard->broken || !part->below || !part->file || !hu_is_hash(hash) || m->hash_later)
		return false;
	memcpy(part->sha256, hash, strlen(hash) + 1);
	return true;
}

static bool hear_bundle(struct hearing *h, struct hu_heard *heard)
{
	struct hu_bundle *bundle = h->bundle;

	bundle->name = hu_heard_text(heard);
	HU_CLEANUP(hu_freep) char *hash = hu_heard_text(heard);
	bundle->bytes = hu_heard_int(heard);
	bundle->files = hu_heard_int(heard);
	bundle->placed = (size_t)hu_heard_int(heard);
	bundle->unpacked = hu_heard_int(heard);
	h->whole = !heard->broken && bundle->name && hu_is_hash(hash) && bundle->bytes >= 0 &&
		   bundle->files >= 0 && bundle->unpacked >= 0;
	h->whole = h->whole && hu_bundle_hashes_later(bundle) == !*hash;
	if (h->whole)
		memcpy(bundle->sha256, hash, strlen(hash) + 1);
	return h->whole;
}

static bool hear(struct hearing *h, struct hu_heard *heard)
{
	struct hu_bundle *bundle = h->bundle;

	if (h->whole || h->failed)
		return false;
	if (heard->said != HU_SAID_STEP && heard->said != HU_SAID_SHARE)
		h->bytes += heard->rest.len;
	switch (heard->said) {
	case HU_SAID_STEP: {
		int64_t done = hu_heard_int(heard);
		HU_CLEANUP(hu_freep) char *what = hu_heard_text(heard);
		h->in.since = hu_child_cpu(h->in.child);
		if (what && h->progress && h->progress->step)
			h->progress->step(h->progress->data, what, done, 0);
		return what != NULL;
	}
	case HU_SAID_SHARE: {
		int64_t bytes = hu_heard_int(heard), of = hu_heard_int(heard);
		if (heard->broken || bytes < 0 || of < 0)
			return false;
		if (h->progress && h->progress->within)
			h->progress->within(h->progress->data, bytes, of, 0);
		return true;
	}
	case HU_SAID_MEMBER:
		return h->bytes < list_max && hear_member(h, heard);
	case HU_SAID_PART:
		return h->bytes < list_max && hear_part(h, heard);
	case HU_SAID_OWN: {
		char *path = h->bytes < list_max ? hu_heard_text(heard) : NULL;
		if (!path)
			return false;
		bundle->own =
			hu_realloc(bundle->own, (bundle->own_count + 1) * sizeof(*bundle->own));
		bundle->own[bundle->own_count++] = path;
		return true;
	}
	case HU_SAID_BUNDLE:
		return hear_bundle(h, heard);
	case HU_SAID_FAILED:
		h->failed = hu_box_error(heard);
		return h->failed != NULL;
	default:
		return false;
	}
}

struct hu_err *hu_bundle_open_boxed(const char *const *paths, size_t count,
				    const struct hu_limits *limits, enum hu_hash_when when,
				    const struct hu_progress *progress, struct hu_bundle **ret)
{
	HU_CLEANUP(hu_bundle_closep)
	struct hu_bundle *bundle = hu_bundle_create(paths, count, limits);
	struct hearing h = {.bundle = bundle, .progress = progress};
	enum hu_hearing last;
	struct hu_heard heard;
	bool fault;
	hu_ns cpu;

	bundle->boxed = true;
	bundle->hash_later = when == HU_HASH_READ;
	h.in.limit = bundle->limits.member_s * 1000000000;
	/* Before the fork: the worker may make files in it, and this process removes it. */
	struct hu_err *err = hu_bundle_scratch(bundle);
	if (!err)
		err = hu_child_start(list, bundle, &h.in.child);
	if (err)
		return err;
	while ((last = hu_wire_hear(&h.in, &heard)) == HU_HEARD)
		if (!hear(&h, &heard)) {
			last = HU_HEARD_ODD;
			break;
		}
	HU_CLEANUP(hu_freep) char *why = hu_box_end(&h.in, last, &bundle->limits, &fault, &cpu);
	hu_wire_in_deinit(&h.in);
	if (h.failed)
		return h.failed;
	if (!h.whole || last != HU_HEARD_END)
		return hu_err(fault ? HU_ERR_BUG : HU_ERR_BAD_INPUT,
			      "%s: what is in it could not be listed: %s", paths[0], why);
	*ret = bundle;
	bundle = NULL;
	return NULL;
}
