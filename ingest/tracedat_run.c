/*
 * From pages to rows. Shaped for captures of seconds to minutes with 10^4 to 10^7 records, most of
 * which become no row: a record costs its decoding, a look at its type, and nothing else. CPUs are
 * merged by time, because a task enters a probed function on one and leaves it on another; memory
 * is one page, or one unpacked chunk, for each CPU.
 */
#include "ingest/tracedat_run.h"

#ifdef HU_HAVE_TRACECMD
#include "db/heap.h"
#include "db/text.h"
#include "ingest/around.h"
#include "ingest/mapped.h"
#include "ingest/ringpages.h"
#include "ingest/symtab.h"
#include "ingest/tracedat_head.h"
#include "ingest/tracedat_loss.h"
#include "ingest/tracedat_record.h"
#include "ingest/tracedat_stream.h"
#include "ingest/tracedat_time.h"
#include "ingest/vocabulary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PEERS_MAX = 16, REST_EVERY = 1 << 18 };
static const uint64_t chunk_budget = UINT64_C(1) << 30;

struct job {
	struct hu_sink *to;
	struct hu_trace_file *file;
	struct hu_trace_head head;
	struct hu_symtab *symbols; /* the capture's own */
	struct hu_symtab *resolve; /* those, or the bundle's; NULL: none */
	struct hu_vocabulary *words;
	struct hu_trace_types *types;
	struct hu_trace_prints *prints;
	struct hu_trace_stream *stream;
	size_t streams;
	void **heap; /* of streams */
	size_t heaped;
	uint64_t budget;
	uint64_t records;
	hu_ns first; /* the earliest stamp; HU_OPEN: none */
};

/* What the file says about the host. */

static void put_facts(const struct job *job)
{
	static const char *const keys[] = {NULL, "hostname", "kernel.release", "kernel.arch"};
	struct hu_str left = job->file->uname;
	HU_CLEANUP(hu_out_deinit) struct hu_out number = {0};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct hu_str word = hu_str_word(&left);
		if (keys[i] && word.len)
			hu_put_fact(job->to, keys[i], word);
	}
	if (!job->file->cpus)
		return;
	hu_out_printf(&number, "%" PRIu32, job->file->cpus);
	hu_put_fact(job->to, "cpus", hu_out_view(&number));
}

static void put_names(struct job *job)
{
	struct hu_str text = hu_trace_counted(job->file, job->file->cmdlines, 8);
	struct hu_str line;

	while (hu_str_line(&text, &line)) {
		int64_t tid;
		struct hu_str number = hu_str_split(&line, ' ');
		if (hu_str_i64(number, &tid) && tid > 0 && tid <= INT32_MAX)
			hu_vocabulary_name(job->words, (int32_t)tid, line);
	}
}

/* Merging. */

static bool sooner(const void *one, const void *other)
{
	const struct hu_trace_stream *a = one, *b = other;

	/* A guest's CPUs may be off by different times. */
	if (a->next_at != b->next_at)
		return a->next_at < b->next_at;
	return a->next.ts < b->next.ts || (a->next.ts == b->next.ts && a->order < b->order);
}

static bool unpack(void *with, struct hu_str block, char *to, size_t len)
{
	const struct hu_trace_file *file = with;

	return hu_trace_unpack(file->packing, block, to, len);
}

static void add_streams(struct job *job)
{
	const struct hu_trace_file *file = job->file;
	struct hu_str clock = hu_trace_clock(file);
	size_t count = 0;

	for (size_t b = 0; b < file->buffers; b++)
		count += file->buffer[b].cpus;
	job->stream = hu_alloc((count + 1) * sizeof(*job->stream));
	job->heap = hu_alloc((count + 1) * sizeof(*job->heap));
	job->budget = chunk_budget;
	for (size_t b = 0; b < file->buffers; b++) {
		const struct hu_trace_buffer *buffer = &file->buffer[b];
		for (size_t c = 0; c < buffer->cpus; c++) {
			const struct hu_trace_cpu *cpu = &buffer->cpu[c];
			struct hu_trace_stream *s = &job->stream[job->streams];
			*s = (struct hu_trace_stream){
				.ring = {.left = cpu->data,
					 .page_size = buffer->page_size,
					 .commit_size = job->head.commit_size,
					 .big_endian = file->big_endian,
					 .packed = buffer->packed,
					 .unpack = unpack,
					 .with = job->file,
					 .budget = &job->budget},
				.buffer = buffer,
				.from = cpu,
				.cpu = cpu->guessed || cpu->cpu > INT32_MAX ? HU_NONE
									    : (int32_t)cpu->cpu,
				.order = (uint32_t)job->streams,
				.other = !hu_str_eq(hu_trace_clock_of(file, buffer), clock),
				.last = HU_OPEN,
			};
			job->streams++;
		}
	}
}

/* An event that two buffers have was written to both by the same CPU. */
static void find_peers(struct job *job)
{
	for (size_t i = 0; i < job->streams && job->file->buffers > 1; i++) {
		struct hu_trace_stream *s = &job->stream[i];
		for (size_t k = 0; k < job->streams; k++) {
			struct hu_trace_stream *other = &job->stream[k];
			if (s->cpu == HU_NONE || s->cpu != other->cpu || s->other || other->other ||
			    s->buffer == other->buffer || s->peers == PEERS_MAX)
				continue;
			s->peer = hu_realloc(s->peer, (s->peers + 1) * sizeof(*s->peer));
			s->peer[s->peers++] = (struct hu_trace_peer){&other->next, &other->ring};
		}
	}
}

static bool step(const struct job *job, struct hu_trace_stream *s)
{
	if (!hu_ring_next(&s->ring, &s->next))
		return false;
	s->next_at = s->other ? HU_OPEN : hu_trace_stamp(job->file, s->cpu, s->next.ts);
	return true;
}

/* `since`: as in the ring, of the oldest of what was lost; 0: all is younger than the last record.
 */
static void put_gap(struct job *job, const struct hu_trace_stream *s, uint64_t since, hu_ns to,
		    int64_t missed)
{
	hu_trace_put_gap(job->file, s, since, to, job->records, missed, job->to);
	if (!s->other)
		hu_vocabulary_gap(job->words);
}

static void see(struct job *job, struct hu_trace_stream *s, const struct hu_ring_record *record,
		hu_ns ts, bool more)
{
	if (!(++job->records & (REST_EVERY - 1)))
		hu_mapped_rest();
	if (record->missed)
		put_gap(job, s, record->since, ts, record->missed);
	else if (!s->records && s->from->overrun && s->from->overrun <= INT64_MAX)
		put_gap(job, s, 0, ts, (int64_t)s->from->overrun);
	s->records++;
	hu_trace_types_see(job->types, &(struct hu_trace_record){
					       .ts = ts,
					       .pos = job->records,
					       .cpu = s->cpu,
					       .buffer = (uint32_t)(s->buffer - job->file->buffer),
					       .data = record->data,
					       .next = more && !s->next.missed ? s->next.data
									       : (struct hu_str){0},
					       .after = &s->ring,
					       .peer = s->peer,
					       .peers = s->peers,
					       .raw_ts = record->ts,
					       .missed = record->missed != 0,
					       .open = &s->open,
				       });
	s->last = ts;
	job->first = ts < job->first ? ts : job->first;
}

static void read_records(struct job *job)
{
	for (size_t i = 0; i < job->streams; i++) {
		struct hu_trace_stream *s = &job->stream[i];
		if (!s->other && step(job, s))
			job->heap[job->heaped++] = s;
	}
	hu_heap_make(job->heap, job->heaped, sooner);

	while (job->heaped) {
		struct hu_trace_stream *s = job->heap[0];
		struct hu_ring_record record = s->next;
		hu_ns at = s->next_at;
		bool more = step(job, s);
		if (!more)
			s->next = (struct hu_ring_record){0};
		see(job, s, &record, at, more);
		if (!more)
			job->heap[0] = job->heap[--job->heaped];
		hu_heap_sift(job->heap, job->heaped, 0, sooner);
	}
	/* Stamps of another clock cannot be put in order with these. */
	for (size_t i = 0; i < job->streams; i++) {
		struct hu_trace_stream *s = &job->stream[i];
		while (s->other && step(job, s))
			see(job, s, &s->next, HU_OPEN, false);
	}
}

static struct hu_err *read_all(struct job *job, const struct hu_surroundings *around)
{
	struct hu_trace_file *file = job->file;
	struct hu_str arch = file->uname, release = {NULL, 0};
	struct hu_err *err;

	for (int i = 0; i < 3; i++)
		release = hu_str_word(&arch);
	put_facts(job);
	enum hu_clock clock = hu_trace_put_clock(file, hu_trace_clock(file), job->to);
	job->symbols = hu_symtab_create(hu_trace_counted(file, file->kallsyms, 4), job->to);
	job->resolve = hu_symtab_count(job->symbols) ? job->symbols
						     : hu_around_symbols(around, release, job->to);
	if (!file->buffers && file->latency)
		return hu_err(HU_ERR_UNSUPPORTED,
			      "it holds the text of a latency tracer, no records");
	if (!file->buffers) {
		err = file->damage;
		file->damage = NULL;
		return err ? err : hu_err(HU_ERR_BAD_INPUT, "there is no trace data in it");
	}
	err = hu_trace_head_open(file, &job->head);
	if (err)
		return err;
	job->words = hu_vocabulary_create(
		job->to, &(struct hu_resolver){.find = hu_symtab_resolve,
					       .with = job->resolve,
					       .long_size = job->head.commit_size,
					       .x86_64 = hu_str_is(hu_str_word(&arch), "x86_64")});
	job->prints =
		hu_trace_prints_create(hu_trace_counted(file, file->printk, 4), file->big_endian,
				       job->head.commit_size, hu_symtab_resolve, job->resolve);
	job->types = hu_trace_types_create(&job->head, job->prints, file->big_endian, job->resolve,
					   job->words, job->to);
	put_names(job);
	add_streams(job);
	find_peers(job);
	read_records(job);
	hu_trace_types_finish(job->types);
	hu_vocabulary_finish(job->words);
	hu_trace_put_buffers(file, job->stream, job->streams, job->to);
	hu_trace_put_times(file, clock, job->first, job->to);
	uint64_t bad = hu_trace_put_damage(file, job->stream, job->streams, job->records, job->to);
	hu_put_totals(job->to, job->records, file->bytes.len);

	err = file->damage;
	file->damage = NULL;
	if (!err && bad)
		err = hu_err(HU_ERR_BAD_INPUT, "trace data is cut or damaged, see the losses");
	return err;
}

struct hu_err *hu_trace_run(struct hu_trace_file *file, const struct hu_surroundings *around,
			    struct hu_sink *to)
{
	struct job job = {.to = to, .file = file, .first = HU_OPEN};
	struct hu_err *err = read_all(&job, around);

	for (size_t i = 0; i < job.streams; i++) {
		hu_ring_deinit(&job.stream[i].ring);
		free(job.stream[i].peer);
	}
	free(job.stream);
	free(job.heap);
	hu_trace_types_destroy(job.types);
	hu_trace_prints_destroy(job.prints);
	hu_vocabulary_destroy(job.words);
	hu_symtab_destroy(job.symbols);
	hu_trace_head_close(&job.head);
	return err;
}

#endif
