/*
 * The members of a bundle, read by a worker in the sandbox: its sinks' batches come through a pipe
 * to the store's intake, which believes nothing in them. When a reader crashes, hangs or eats
 * memory, the worker ends with it; what it had told stays, and a new worker goes on behind that
 * member. Reading and storing run side by side.
 */
#include "ingest/box.h"
#include "ingest/bundle_parts.h"
#include "ingest/hashing.h"
#include "ingest/load_parts.h"
#include "db/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The worker. */

struct worker {
	struct hu_wire_out out;
	struct hu_bundle *bundle;
	size_t from;
	const bool *no_symbols;
	unsigned share; /* of the member: what was said last */
};

static void say_step(void *with, enum hu_phase phase, size_t index)
{
	struct worker *w = with;

	w->share = 0;
	hu_reading_begin();
	hu_wire_int(&w->out, phase);
	hu_wire_int(&w->out, (int64_t)index);
	hu_wire_send(&w->out, HU_SAID_STEP);
}

static void say_explain(void *with, size_t index, const char *text)
{
	struct worker *w = with;

	hu_wire_int(&w->out, (int64_t)index);
	hu_wire_text(&w->out, text);
	hu_wire_send(&w->out, HU_SAID_EXPLAIN);
}

static void say_fault(void *with)
{
	struct worker *w = with;

	hu_wire_send(&w->out, HU_SAID_FAULT);
}

static struct hu_err *say_skip(void *with, size_t index, const char *why)
{
	struct worker *w = with;

	hu_wire_int(&w->out, (int64_t)index);
	hu_wire_text(&w->out, why);
	hu_wire_send(&w->out, HU_SAID_SKIP);
	return NULL;
}

static void say_batch(void *with, const struct hu_batch *batch)
{
	struct worker *w = with;
	unsigned share = hu_reading_share();

	hu_wire_batch(&w->out, batch);
	if (share < w->share + HU_READING_WHOLE / 1000)
		return;
	w->share = share;
	hu_wire_int(&w->out, share);
	hu_wire_send(&w->out, HU_SAID_SHARE);
}

static struct hu_err *say_begin(void *with, size_t index, const struct hu_reader_ops *reader,
				const char *why, struct hu_sink **ret)
{
	struct worker *w = with;
	int64_t number = 0;

	while (hu_readers[number] != reader)
		number++;
	hu_wire_int(&w->out, (int64_t)index);
	hu_wire_int(&w->out, number);
	hu_wire_text(&w->out, why);
	hu_wire_send(&w->out, HU_SAID_BEGIN);
	*ret = hu_sink_create(say_batch, w);
	return NULL;
}

static struct hu_err *say_end(void *with, struct hu_sink *sink, struct hu_err *why)
{
	struct worker *w = with;

	hu_sink_flush(sink);
	hu_wire_int(&w->out, (int64_t)hu_sink_cut_texts(sink));
	hu_wire_int(&w->out, why != NULL);
	if (why) {
		hu_wire_int(&w->out, hu_err_code(why));
		hu_wire_text(&w->out, hu_err_text(why));
	}
	hu_wire_send(&w->out, HU_SAID_END);
	hu_sink_destroy(sink);
	hu_err_free(why);
	return NULL;
}

static const struct hu_loading_ops worker_ops = {say_step, say_explain, say_fault,
						 say_skip, say_begin,	say_end};

/* What readers of folders need from outside (plugins), while there is an outside. */
static void prepare(const struct hu_bundle *bundle)
{
	bool folders = false;

	for (size_t i = 0; i < bundle->count && !folders; i++)
		folders = bundle->members[i].part_count > 0;
	for (size_t i = 0; hu_readers[i] && folders; i++)
		if (hu_readers[i]->prepare)
			hu_readers[i]->prepare();
}

static int work(void *with, int out)
{
	struct worker *w = with;

	w->out.fd = out;
	prepare(w->bundle);
	struct hu_err *err = hu_box_enter(w->bundle);
	const struct hu_loading to = {&worker_ops, w, w->bundle, w->from, w->no_symbols};
	if (!err)
		err = hu_load_members(&to);
	if (err)
		return hu_box_failed(&w->out, err);
	hu_wire_send(&w->out, HU_SAID_DONE);
	return 0;
}

/* The parent. */

struct parent {
	struct hu_bundle *bundle;
	struct hu_store *store;
	const struct hu_progress *progress;
	struct hu_loaded *loaded;
	struct hu_batch *batch;
	size_t next;	   /* members before it are done */
	bool *no_symbols;  /* per member: looking for symbols in it ended a worker … */
	char **no_because; /* … so */
	hu_ns cpu;	   /* of the workers before this one */
	struct hu_hashing *hashing;
	/* the worker that is heard now */
	struct hu_wire_in in;
	enum hu_phase phase; /* 0: it has not begun */
	size_t at;	     /* its member */
	struct hu_intake *intake;
	int64_t rows, share; /* for progress: of all members; of this one */
	bool done, out_of_time;
	struct hu_err *failed; /* the worker could not begin, or the store could not go on */
};

static bool skip(struct parent *p, const char *why)
{
	p->failed = hu_load_skip(p->store, &p->bundle->members[p->next++], why);
	return !p->failed;
}

/* The worker is at a member: those before it that it said nothing of are not lost in silence. */
static bool hear_step(struct parent *p, struct hu_heard *heard)
{
	int64_t phase = hu_heard_int(heard), index = hu_heard_int(heard);

	if (heard->broken || p->intake || (phase != HU_PHASE_SYMBOLS && phase != HU_PHASE_READ) ||
	    index < 0 || (size_t)index >= p->bundle->count)
		return false;
	p->phase = (enum hu_phase)phase;
	p->at = (size_t)index;
	p->share = 0;
	p->in.since = hu_child_cpu(p->in.child);
	p->out_of_time = p->cpu + p->in.since > p->bundle->limits.bundle_s * 1000000000;
	if (phase == HU_PHASE_SYMBOLS)
		return true;
	if (p->at != p->next)
		return false;
	if (p->progress && p->progress->step)
		p->progress->step(p->progress->data, p->bundle->members[p->at].path, index,
				  (int64_t)p->bundle->count);
	return true;
}

static bool hear_begin(struct parent *p, struct hu_heard *heard)
{
	int64_t number = hu_heard_int(heard), count = 0;
	HU_CLEANUP(hu_freep) char *why = hu_heard_text(heard);

	while (hu_readers[count])
		count++;
	if (heard->broken || !why || number < 0 || number >= count)
		return false;
	const struct hu_source_info info =
		hu_load_info(&p->bundle->members[p->at], hu_readers[number], why);
	p->failed = hu_intake_begin(p->store, &info, &p->intake);
	return !p->failed;
}

/* The worker may lie here: then the line on the terminal is wrong, and nothing else. */
static void show(const struct parent *p)
{
	int64_t bytes = 0;

	if (!p->progress || !p->progress->within)
		return;
	for (size_t i = 0; i < p->at; i++)
		bytes += p->bundle->members[i].bytes;
	bytes += (int64_t)((double)p->bundle->members[p->at].bytes * (double)p->share /
			   HU_READING_WHOLE);
	p->progress->within(p->progress->data, bytes, p->share ? p->bundle->bytes : 0, p->rows);
}

static bool hear_share(struct parent *p, struct hu_heard *heard)
{
	int64_t share = hu_heard_int(heard);

	if (heard->broken || share < 0 || share > HU_READING_WHOLE || p->phase != HU_PHASE_READ)
		return false;
	p->share = share;
	return true;
}

/* Takes `why`. */
static bool end_member(struct parent *p, uint64_t cut_texts, struct hu_err *why)
{
	if (p->no_because[p->at])
		hu_intake_loss(p->intake, HU_LOSS_UNPARSED, p->no_because[p->at]);
	HU_CLEANUP(hu_freep) char *hash = hu_hashing_wait(p->hashing, p->at);
	if (hash)
		hu_intake_loss(p->intake, HU_LOSS_MISSING, hash);
	p->failed = hu_intake_end(p->intake, cut_texts, why);
	p->intake = NULL;
	p->next++;
	return !p->failed;
}

static bool hear_end(struct parent *p, struct hu_heard *heard)
{
	int64_t cut = hu_heard_int(heard);
	bool fails = hu_heard_int(heard) != 0;
	struct hu_err *why = fails ? hu_box_error(heard) : NULL;

	if (heard->broken || cut < 0 || !p->intake || (fails && !why)) {
		hu_err_free(why);
		return false;
	}
	return end_member(p, (uint64_t)cut, why);
}

/* What is said of a member is said of the one that the worker is at. */
static bool is_at(struct parent *p, struct hu_heard *heard)
{
	int64_t index = hu_heard_int(heard);

	return !heard->broken && p->phase == HU_PHASE_READ && index >= 0 &&
	       (size_t)index == p->at && p->at == p->next && !p->intake;
}

/* False: the worker must end. */
static bool hear(struct parent *p, struct hu_heard *heard)
{
	HU_CLEANUP(hu_freep) char *text = NULL;

	if (p->done)
		return false;
	switch (heard->said) {
	case HU_SAID_STEP:
		return hear_step(p, heard) && !p->out_of_time;
	case HU_SAID_EXPLAIN:
		if (!is_at(p, heard) || !(text = hu_heard_text(heard)))
			return false;
		hu_member_explain(&p->bundle->members[p->at], text);
		return true;
	case HU_SAID_SKIP:
		if (!is_at(p, heard) || !(text = hu_heard_text(heard)))
			return false;
		return skip(p, text);
	case HU_SAID_BEGIN:
		return is_at(p, heard) && hear_begin(p, heard);
	case HU_SAID_BATCH:
		if (!p->intake || !hu_heard_batch(heard, p->batch))
			return false;
		hu_intake_take(p->intake, p->batch);
		p->rows += p->batch->rows;
		show(p);
		return true;
	case HU_SAID_SHARE:
		return hear_share(p, heard);
	case HU_SAID_END:
		return hear_end(p, heard);
	case HU_SAID_FAULT:
		p->loaded->faults++;
		return true;
	case HU_SAID_FAILED:
		p->failed = hu_box_error(heard);
		return false;
	case HU_SAID_DONE:
		p->done = !p->intake && p->next == p->bundle->count;
		return p->done;
	default:
		return false;
	}
}

/* Its worker ended while this was being done; takes note, and goes behind it. */
static void give_up(struct parent *p, const char *why)
{
	HU_CLEANUP(hu_freep) char *text = NULL;

	if (p->phase == HU_PHASE_SYMBOLS && !p->no_symbols[p->at]) {
		p->no_symbols[p->at] = true;
		if (asprintf(&p->no_because[p->at],
			     "a list of kernel symbols in it could not be lent to the others: %s",
			     why) < 0)
			hu_no_memory();
		return;
	}
	if (p->intake) {
		hu_intake_loss(p->intake, HU_LOSS_UNPARSED, why);
		end_member(p, 0, hu_err(HU_ERR_BAD_INPUT, "%s", why));
		return;
	}
	if (p->next < p->bundle->count) {
		if (asprintf(&text, "not read: %s", why) < 0)
			hu_no_memory();
		skip(p, text);
	}
}

/* One worker from its start to its end. *ended_by gets why it ended before it was done, or NULL. */
static struct hu_err *run_worker(struct parent *p, char **ended_by)
{
	struct worker worker = {.bundle = p->bundle, .from = p->next, .no_symbols = p->no_symbols};
	const struct hu_limits *limits = &p->bundle->limits;
	enum hu_hearing last;
	struct hu_heard heard;
	bool fault;
	hu_ns cpu;

	p->in = (struct hu_wire_in){.limit = limits->member_s * 1000000000};
	p->phase = 0;
	struct hu_err *err = hu_child_start(work, &worker, &p->in.child);
	if (err)
		return err;
	while ((last = hu_wire_hear(&p->in, &heard)) == HU_HEARD)
		if (!hear(p, &heard)) {
			last = HU_HEARD_ODD;
			break;
		}
	HU_CLEANUP(hu_freep) char *why = hu_box_end(&p->in, last, limits, &fault, &cpu);
	hu_wire_in_deinit(&p->in);
	p->cpu += cpu;
	if (p->failed || (p->done && last == HU_HEARD_END) || p->out_of_time) {
		err = p->failed;
		p->failed = NULL;
		if (err && p->intake) {
			hu_err_free(hu_intake_end(p->intake, 0, NULL));
			p->intake = NULL;
		}
		return err;
	}
	p->done = false;
	p->loaded->faults += fault;
	*ended_by = why;
	why = NULL;
	return NULL;
}

static struct hu_err *work_through(struct parent *p)
{
	const struct hu_limits *limits = &p->bundle->limits;
	HU_CLEANUP(hu_out_deinit) struct hu_out rest = {0};
	struct hu_err *err = NULL;

	for (int64_t ends = 0; !err && p->next < p->bundle->count && !rest.len; ends++) {
		HU_CLEANUP(hu_freep) char *why = NULL;
		err = run_worker(p, &why);
		if (why) {
			give_up(p, why);
			err = p->failed;
			p->failed = NULL;
		}
		if (p->out_of_time) {
			hu_out_puts(&rest, "not read: the bundle has used more than ");
			hu_out_grouped(&rest, limits->bundle_s);
			hu_out_puts(&rest, " s of processor time, the limit bundle-time");
		} else if (why && ends + 1 >= limits->crashes) {
			hu_out_puts(&rest, "not read: ");
			hu_out_grouped(&rest, limits->crashes);
			hu_out_puts(&rest,
				    " readers before it did not end well, the limit crashes");
		}
	}
	while (!err && p->next < p->bundle->count) {
		skip(p, rest.at ? rest.at : "not read: no reader came to it");
		err = p->failed;
		p->failed = NULL;
	}
	return err;
}

struct hu_err *hu_load_boxed(struct hu_bundle *bundle, struct hu_store *store,
			     const struct hu_progress *progress, struct hu_loaded *loaded)
{
	HU_CLEANUP(hu_freep) struct hu_batch *batch = hu_alloc(sizeof(*batch));
	HU_CLEANUP(hu_freep) bool *no_symbols = hu_alloc(bundle->count * sizeof(*no_symbols));
	HU_CLEANUP(hu_freep) char **no_because = hu_alloc(bundle->count * sizeof(char *));
	struct parent parent = {
		.bundle = bundle,
		.store = store,
		.progress = progress,
		.loaded = loaded,
		.batch = batch,
		.no_symbols = no_symbols,
		.no_because = no_because,
	};
	struct hu_err *err = hu_hashing_start(bundle, &parent.hashing);

	if (!err)
		err = work_through(&parent);
	loaded->faults += hu_hashing_end(parent.hashing, !err);
	for (size_t i = 0; i < bundle->count; i++)
		free(no_because[i]);
	return err;
}
