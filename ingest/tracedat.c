/*
 * trace.dat, what trace-cmd(1) records. Shaped for captures of seconds to minutes with 10^4 to 10^7
 * records, most of which become no row: a record costs its decoding, a look at its type, and
 * nothing else. CPUs are merged by time, because a task enters a probed function on one and leaves
 * it on another; memory is one page, or one unpacked chunk, for each CPU.
 */
#include "db/text.h"

#ifdef HU_HAVE_TRACECMD
#include "ingest/reader.h"
#include "ingest/ringpages.h"
#include "ingest/symtab.h"
#include "ingest/tracedat_file.h"
#include "ingest/tracedat_head.h"
#include "ingest/tracedat_record.h"
#include "ingest/vocabulary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t chunk_budget = UINT64_C(1) << 30;

struct stream { /* one CPU of one buffer */
	struct hu_ring ring;
	struct hu_ring_record next; /* the one that merging looks at */
	const struct hu_trace_buffer *buffer;
	const struct hu_trace_cpu *from;
	int32_t cpu;
	uint32_t order; /* among streams of equal time */
	hu_ns last;	/* of its last record; HU_OPEN: none yet */
};

struct job {
	struct hu_sink *to;
	struct hu_trace_file *file;
	struct hu_trace_head head;
	struct hu_symtab *symbols;
	struct hu_vocabulary *words;
	struct hu_trace_types *types;
	struct stream *stream;
	size_t streams;
	struct stream **heap;
	size_t heaped;
	uint64_t budget;
	uint64_t records;
};

static enum hu_match probe(const struct hu_probe *in)
{
	static const char magic[] = "\x17\x08\x44tracing";

	return !in->is_dir && hu_str_starts(in->head, magic) ? HU_MATCH_CERTAIN : HU_MATCH_NO;
}

/* Time. */

/* (cycles * mult) >> shift without losing the high bits: mul_u64_u32_shr() of the kernel */
static uint64_t cycles_to_ns(uint64_t cycles, uint32_t mult, uint32_t shift)
{
	uint64_t low = (cycles & UINT32_MAX) * mult;
	uint64_t high = (cycles >> 32) * mult;

	return (low >> shift) + (shift <= 32 ? high << (32 - shift) : high >> (shift - 32));
}

static hu_ns stamp(const struct job *job, uint64_t raw)
{
	const struct hu_trace_file *file = job->file;
	int64_t ts;

	if (file->has_tsc)
		raw = cycles_to_ns(raw, file->tsc_mult, file->tsc_shift);
	if (raw >= (uint64_t)HU_OPEN ||
	    __builtin_add_overflow((int64_t)raw, file->ts_offset, &ts) || ts == HU_OPEN)
		return HU_OPEN;
	return ts;
}

static const struct {
	const char *name;
	enum hu_clock clock;
} clocks[] = {
	/* Documentation/trace/ftrace.rst, "trace_clock" */
	{"local", HU_CLOCK_TRACE_LOCAL},
	{"global", HU_CLOCK_TRACE_GLOBAL},
	{"counter", HU_CLOCK_TRACE_COUNTER},
	{"uptime", HU_CLOCK_UPTIME},
	{"perf", HU_CLOCK_PERF},
	{"mono", HU_CLOCK_MONOTONIC},
	{"mono_raw", HU_CLOCK_MONOTONIC_RAW},
	{"boot", HU_CLOCK_BOOT},
	{"tai", HU_CLOCK_TAI},
	{"x86-tsc", HU_CLOCK_TSC},
	{"tsc2nsec", HU_CLOCK_TSC},
};

/* The clock of the stamps: the top buffer's, or the file's option. */
static struct hu_str clock_name(const struct hu_trace_file *file)
{
	for (size_t i = 0; i < file->buffers; i++)
		if (!file->buffer[i].name.len && file->buffer[i].clock.len)
			return file->buffer[i].clock;
	if (file->clock.len || !file->buffers)
		return file->clock;
	return file->buffer[0].clock;
}

static enum hu_clock put_clock(const struct job *job)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out how = {0};
	struct hu_str name = clock_name(job->file);
	enum hu_clock clock = HU_CLOCK_IN_FILE;

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (hu_str_is(name, clocks[i].name))
			clock = clocks[i].clock;
	HU_CLEANUP(hu_freep) char *shown = hu_trace_shown(name);
	if (!name.len) {
		clock = HU_CLOCK_TRACE_LOCAL;
		hu_out_puts(&how,
			    "the file names no clock; without one trace-cmd records \"local\"");
	} else if (clock == HU_CLOCK_IN_FILE) {
		hu_out_printf(&how, "the file says \"%s\", a clock not known here", shown);
	} else {
		hu_out_printf(&how, "the file says \"%s\"", shown);
		if (clock == HU_CLOCK_TSC)
			hu_out_puts(&how, job->file->has_tsc
						  ? ", made nanoseconds by the file's multiplier"
						  : ", cycles without a multiplier");
	}
	hu_put_source_clock(job->to, clock, how.at);
	return clock;
}

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

static struct hu_str counted_text(const struct hu_trace_file *file, struct hu_str part,
				  size_t bytes)
{
	struct hu_take from = {.left = part, .big_endian = file->big_endian};
	uint64_t size = hu_take_number(&from, bytes);

	return hu_take_bytes(&from, size < from.left.len ? size : from.left.len);
}

static void put_names(struct job *job)
{
	struct hu_str text = counted_text(job->file, job->file->cmdlines, 8);
	struct hu_str line;

	while (hu_str_line(&text, &line)) {
		int64_t tid;
		struct hu_str number = hu_str_split(&line, ' ');
		if (hu_str_i64(number, &tid) && tid > 0 && tid <= INT32_MAX)
			hu_vocabulary_name(job->words, (int32_t)tid, line);
	}
}

static bool resolve(void *with, uint64_t address, struct hu_str *name, struct hu_str *module,
		    uint64_t *offset)
{
	struct hu_symbol symbol;

	if (!hu_symtab_find(with, address, &symbol))
		return false;
	*name = symbol.name;
	*module = symbol.module;
	*offset = symbol.offset;
	return true;
}

/* Merging. */

static bool sooner(const struct stream *a, const struct stream *b)
{
	return a->next.ts < b->next.ts || (a->next.ts == b->next.ts && a->order < b->order);
}

static void sift(struct job *job, size_t at)
{
	for (;;) {
		size_t least = at;
		for (size_t child = at * 2 + 1; child <= at * 2 + 2 && child < job->heaped; child++)
			if (sooner(job->heap[child], job->heap[least]))
				least = child;
		if (least == at)
			return;
		struct stream *swap = job->heap[at];
		job->heap[at] = job->heap[least];
		job->heap[least] = swap;
		at = least;
	}
}

static bool unpack(void *with, struct hu_str block, char *to, size_t len)
{
	const struct hu_trace_file *file = with;

	return hu_trace_unpack(file->packing, block, to, len);
}

static void add_streams(struct job *job)
{
	const struct hu_trace_file *file = job->file;
	struct hu_str clock = clock_name(file);
	size_t count = 0;

	for (size_t b = 0; b < file->buffers; b++)
		count += file->buffer[b].cpus;
	job->stream = hu_alloc((count + 1) * sizeof(*job->stream));
	job->heap = hu_alloc((count + 1) * sizeof(struct stream *));
	job->budget = chunk_budget;
	for (size_t b = 0; b < file->buffers; b++) {
		const struct hu_trace_buffer *buffer = &file->buffer[b];
		if (buffer->clock.len && clock.len && !hu_str_eq(buffer->clock, clock)) {
			HU_CLEANUP(hu_freep) char *shown = hu_trace_shown(buffer->name);
			HU_CLEANUP(hu_freep) char *other = hu_trace_shown(buffer->clock);
			hu_put_loss(job->to,
				    &(struct hu_gap){.from = HU_OPEN,
						     .to = HU_OPEN,
						     .count = HU_NONE,
						     .cpu = HU_NONE,
						     .kind = HU_LOSS_UNPARSED},
				    "instance \"%s\" has another clock (%s) and was not read",
				    shown, other);
			continue;
		}
		for (size_t c = 0; c < buffer->cpus; c++) {
			const struct hu_trace_cpu *cpu = &buffer->cpu[c];
			struct stream *s = &job->stream[job->streams];
			*s = (struct stream){
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
				.last = HU_OPEN,
			};
			job->streams++;
		}
	}
}

static void put_gap(struct job *job, const struct stream *s, hu_ns to, uint64_t pos, int64_t missed)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_gap gap = {
		.from = s->last,
		.to = to,
		.count = missed > 0 ? missed : HU_NONE,
		.cpu = s->cpu,
		.kind = HU_LOSS_DROPPED,
		.pos = pos,
	};

	if (missed > 0)
		hu_out_grouped(&text, missed);
	hu_put_loss(job->to, &gap,
		    missed > 0 ? "%s events dropped by the tracer"
			       : "%sevents dropped by the tracer, nobody counted them",
		    text.len ? text.at : "");
	hu_vocabulary_gap(job->words);
}

static void read_records(struct job *job)
{
	for (size_t i = 0; i < job->streams; i++) {
		struct stream *s = &job->stream[i];
		if (hu_ring_next(&s->ring, &s->next))
			job->heap[job->heaped++] = s;
	}
	for (size_t i = job->heaped; i-- > 0;)
		sift(job, i);

	while (job->heaped) {
		struct stream *s = job->heap[0];
		struct hu_ring_record record = s->next;
		bool more = hu_ring_next(&s->ring, &s->next);
		hu_ns ts = stamp(job, record.ts);

		job->records++;
		if (record.missed)
			put_gap(job, s, ts, job->records, record.missed);
		hu_trace_types_see(
			job->types,
			&(struct hu_trace_record){
				.ts = ts,
				.pos = job->records,
				.cpu = s->cpu,
				.buffer = (uint32_t)(s->buffer - job->file->buffer),
				.data = record.data,
				.next = more && !s->next.missed ? s->next.data : (struct hu_str){0},
				.after = &s->ring,
			});
		s->last = ts;
		if (!more)
			job->heap[0] = job->heap[--job->heaped];
		sift(job, 0);
	}
}

/* What was found wrong on the way, by CPU. */
static uint64_t put_damage(struct job *job)
{
	uint64_t bad = 0;

	for (size_t i = 0; i < job->streams; i++) {
		const struct stream *s = &job->stream[i];
		struct hu_gap gap = {.from = s->last,
				     .to = HU_OPEN,
				     .count = HU_NONE,
				     .cpu = s->cpu,
				     .pos = job->records};
		if (s->ring.damaged) {
			gap.kind = HU_LOSS_UNPARSED;
			hu_put_loss(job->to, &gap,
				    "%" PRIu64 " bytes of trace data could not be read: %s",
				    s->ring.unread, s->ring.damage);
			bad++;
		}
		if (s->from->missing) {
			gap.kind = HU_LOSS_TRUNCATED;
			hu_put_loss(job->to, &gap,
				    "the file ends %" PRIu64
				    " bytes before the end of this CPU's data",
				    s->from->missing);
			bad++;
		}
		if (s->from->guessed) {
			/*
			 * Data lies CPU after CPU. If as many pieces are there as the machine had
			 * CPUs, all but the last are whole, and that one is from its last record on
			 * missing. Else whole CPUs may be, and then there is no moment of which it
			 * is known that nothing is.
			 */
			bool counted = job->file->cpus && job->streams == job->file->cpus;
			if (counted && i + 1 < job->streams)
				continue;
			gap.kind = HU_LOSS_TRUNCATED;
			if (!counted)
				gap.from = HU_OPEN;
			hu_put_loss(job->to, &gap,
				    counted ? "the table of the trace data is lost: this is the "
					      "last CPU's data, and "
					      "how many records are missing is not known"
					    : "the table of the trace data is lost: the CPU of "
					      "these records is not "
					      "known, nor how many are missing");
			bad++;
		}
	}
	return bad;
}

static void put_date(const struct job *job, enum hu_clock clock)
{
	hu_ns first = HU_OPEN;

	for (size_t i = 0; i < job->streams; i++)
		if (job->stream[i].last != HU_OPEN && job->stream[i].last < first)
			first = job->stream[i].last;
	if (!job->file->has_date || first == HU_OPEN)
		return;
	/* trace-cmd record --date compares a marker's stamp with gettimeofday(2) */
	hu_put_clock(job->to, &(struct hu_reading){.ta = first,
						   .tb = first + job->file->date,
						   .slack = HU_NS_PER_MS,
						   .a = clock,
						   .b = HU_CLOCK_REALTIME});
}

static struct hu_err *read_all(struct job *job)
{
	struct hu_trace_file *file = job->file;
	struct hu_str arch = file->uname;
	struct hu_err *err;

	for (int i = 0; i < 3; i++)
		hu_str_word(&arch);
	put_facts(job);
	enum hu_clock clock = put_clock(job);
	job->symbols = hu_symtab_create(counted_text(file, file->kallsyms, 4), job->to);
	if (file->latency && !file->buffers)
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
		job->to, &(struct hu_resolver){.find = resolve,
					       .with = job->symbols,
					       .long_size = job->head.commit_size,
					       .x86_64 = hu_str_is(hu_str_word(&arch), "x86_64")});
	job->types = hu_trace_types_create(&job->head, file->big_endian, job->words, job->to);
	put_names(job);
	add_streams(job);
	read_records(job);
	hu_trace_types_finish(job->types);
	hu_vocabulary_finish(job->words);
	put_date(job, clock);
	uint64_t bad = put_damage(job);
	hu_put_totals(job->to, job->records, file->bytes.len);

	err = file->damage;
	file->damage = NULL;
	if (!err && bad)
		err = hu_err(HU_ERR_BAD_INPUT, "trace data is cut or damaged, see the losses");
	return err;
}

static struct hu_err *read_tracedat(const char *path, struct hu_sink *to)
{
	struct job job = {.to = to};
	struct hu_err *err = hu_trace_file_open(path, &job.file);

	if (err)
		return err;
	err = read_all(&job);
	for (size_t i = 0; i < job.streams; i++)
		hu_ring_deinit(&job.stream[i].ring);
	free(job.stream);
	free(job.heap);
	hu_trace_types_destroy(job.types);
	hu_vocabulary_destroy(job.words);
	hu_symtab_destroy(job.symbols);
	hu_trace_head_close(&job.head);
	hu_trace_file_close(job.file);
	return err;
}

const struct hu_reader_ops hu_reader_tracedat = {
	.name = "tracedat",
	.reads = "trace.dat of trace-cmd, versions 6 and 7, plain or compressed",
	.clock = HU_CLOCK_IN_FILE,
	.probe = probe,
	.read = read_tracedat,
};

#endif
