/* A bundle into the store, by readers in this process or in one that is confined (load_boxed.c). */
#include "ingest/load.h"
#include "ingest/load_parts.h"
#include "db/rows.h"
#include "db/stage.h"

static struct hu_err *count(struct hu_store *store, struct hu_loaded *loaded)
{
	struct hu_rows *rows = hu_rows_open(
		store, "SELECT count(format), sum(status = 'complete'), sum(status = 'partial'), "
		       "sum(status = 'unreadable'), sum(status = 'unrecognised') FROM source");

	if (hu_rows_next(rows)) {
		loaded->captures = hu_rows_int(rows, 0);
		loaded->complete = hu_rows_int(rows, 1);
		loaded->partial = hu_rows_int(rows, 2);
		loaded->nothing = hu_rows_int(rows, 3);
		loaded->unrecognised = hu_rows_int(rows, 4);
	}
	return hu_rows_close(rows);
}

/* In this process. */

struct direct {
	struct hu_bundle *bundle;
	struct hu_store *store;
	const struct hu_progress *progress;
	struct hu_loaded *loaded;
};

static void step(void *with, enum hu_phase phase, size_t index)
{
	struct direct *d = with;

	if (phase == HU_PHASE_READ && d->progress && d->progress->step)
		d->progress->step(d->progress->data, d->bundle->members[index].path, (int64_t)index,
				  (int64_t)d->bundle->count);
}

static void explained(void *with, size_t index, const char *text)
{
	struct direct *d = with;

	hu_member_explain(&d->bundle->members[index], text);
}

static void fault(void *with)
{
	struct direct *d = with;

	d->loaded->faults++;
}

static struct hu_err *skip(void *with, size_t index, const char *why)
{
	struct direct *d = with;

	return hu_load_skip(d->store, &d->bundle->members[index], why);
}

static struct hu_err *begin(void *with, size_t index, const struct hu_reader_ops *reader,
			    const char *why, struct hu_sink **ret)
{
	struct direct *d = with;
	const struct hu_source_info info = hu_load_info(&d->bundle->members[index], reader, why);

	return hu_store_begin(d->store, &info, ret);
}

static struct hu_err *end(void *with, struct hu_sink *sink, struct hu_err *why)
{
	(void)with;
	return hu_store_end(sink, why);
}

static const struct hu_loading_ops direct_ops = {step, explained, fault, skip, begin, end};

/* The store's rows of what was hashed while it was read. */
static struct hu_err *set_hashes(const struct hu_bundle *bundle, struct hu_store *store)
{
	struct hu_err *err = hu_store_set_bundle(store, bundle->name, bundle->sha256, bundle->bytes,
						 bundle->files);

	for (size_t i = 0; i < bundle->count && !err; i++)
		if (bundle->members[i].hash_later)
			err = hu_store_set_hash(store, bundle->members[i].path,
						bundle->members[i].sha256);
	return err;
}

struct hu_err *hu_load(struct hu_bundle *bundle, struct hu_store *store,
		       const struct hu_progress *progress, struct hu_loaded *ret)
{
	struct hu_loaded loaded = {0};
	struct hu_err *err = hu_store_set_bundle(store, bundle->name, bundle->sha256, bundle->bytes,
						 bundle->files);

	hu_store_set_caps(store, &bundle->limits.caps);
	if (bundle->unconfined)
		hu_store_set_unconfined(store);
	if (!err && bundle->boxed) {
		err = hu_load_boxed(bundle, store, progress, &loaded);
	} else if (!err) {
		struct direct direct = {bundle, store, progress, &loaded};
		const struct hu_loading to = {&direct_ops, &direct, bundle, 0, NULL};
		err = hu_load_members(&to);
	}
	if (!err && bundle->hash_later)
		err = set_hashes(bundle, store);
	hu_stage("settle");
	if (!err)
		err = hu_store_settle(store);
	hu_stage(NULL);
	if (!err)
		err = count(store, &loaded);
	if (!err)
		*ret = loaded;
	return err;
}
