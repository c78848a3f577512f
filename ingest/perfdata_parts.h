/*
 * ingest/perfdata_parts.h - what the parts of the perf.data reader share. From below:
 *   perfdata_event.c    events (perf_event_attr), their ids, where fields lie in a sample
 *   perfdata_sample.c   the fields of one
 *   perfdata_head.c     the file's header: sections, features, facts about the host
 *   perfdata_stream.c   the records of one data section, unpacked
 *   perfdata_order.c    the same, by time
 *   perfdata_formats.c  tracepoint payloads to the vocabulary
 *   perfdata_maps.c     which file lies where in whose address space; perfdata_elf.c its functions
 *   perfdata_kernel.c   modules of the kernel, and code that it made
 *   perfdata_stack.c    call chains
 *   perfdata_task.c     names and lives of tasks
 *   perfdata_side.c     other records that are no samples: address spaces, switches, losses
 *   perfdata_see.c      samples, and what perf record wrote itself
 *   perfdata_end.c      counts and losses, when all has been read
 *   perfdata.c          the reader
 */
#ifndef HU_PERFDATA_PARTS_H
#define HU_PERFDATA_PARTS_H

#include "ingest/perfdata_bytes.h"
#include "ingest/reader.h"
#include "ingest/vocabulary.h"

/* enum perf_event_type, include/uapi/linux/perf_event.h; from 64 on tools/lib/perf, perf/event.h */
enum {
	HU_PERF_MMAP = 1,
	HU_PERF_LOST = 2,
	HU_PERF_COMM = 3,
	HU_PERF_EXIT = 4,
	HU_PERF_THROTTLE = 5,
	HU_PERF_UNTHROTTLE = 6,
	HU_PERF_FORK = 7,
	HU_PERF_READ = 8,
	HU_PERF_SAMPLE = 9,
	HU_PERF_MMAP2 = 10,
	HU_PERF_AUX = 11,
	HU_PERF_ITRACE_START = 12,
	HU_PERF_LOST_SAMPLES = 13,
	HU_PERF_SWITCH = 14,
	HU_PERF_SWITCH_CPU_WIDE = 15,
	HU_PERF_NAMESPACES = 16,
	HU_PERF_KSYMBOL = 17,
	HU_PERF_BPF_EVENT = 18,
	HU_PERF_CGROUP = 19,
	HU_PERF_TEXT_POKE = 20,
	HU_PERF_AUX_OUTPUT_HW_ID = 21,
	HU_PERF_CALLCHAIN_DEFERRED = 22,
	HU_PERF_USER = 64,
	HU_PERF_HEADER_ATTR = 64,
	HU_PERF_HEADER_TRACING_DATA = 66,
	HU_PERF_HEADER_BUILD_ID = 67,
	HU_PERF_FINISHED_ROUND = 68,
	HU_PERF_ID_INDEX = 69,
	HU_PERF_AUXTRACE = 71,
	HU_PERF_THREAD_MAP = 73,
	HU_PERF_EVENT_UPDATE = 78,
	HU_PERF_TIME_CONV = 79,
	HU_PERF_HEADER_FEATURE = 80,
	HU_PERF_COMPRESSED = 81,
	HU_PERF_COMPRESSED2 = 83,
	HU_PERF_TYPES = 128, /* beyond: nobody writes them */
};

/* PERF_RECORD_MISC_* */
enum {
	HU_PERF_CPUMODE = 7,
	HU_PERF_CPUMODE_KERNEL = 1,
	HU_PERF_CPUMODE_USER = 2,
	HU_PERF_MISC_13 = 1 << 13, /* of COMM: by exec; of SWITCH: out */
	HU_PERF_MISC_14 = 1 << 14, /* of SWITCH: preempted; of MMAP2: has a build id */
};

/* PERF_TYPE_*, and of PERF_TYPE_SOFTWARE the one that says nothing */
enum { HU_PERF_TYPE_HARDWARE = 0, HU_PERF_TYPE_SOFTWARE = 1, HU_PERF_TYPE_TRACEPOINT = 2 };

/* Events. */

/* Where the fields of fixed size lie; -1: not recorded. */
struct hu_perf_layout {
	int16_t ip, tid, time, id, cpu, period; /* from the start of a sample */
	int16_t fixed;				/* bytes of all fields of fixed size */
	/* of other records, from their end; 0: not there */
	int16_t end_tid, end_time, end_id, end_cpu, trailer;
};

struct hu_perf_event { /* one perf_event_attr */
	uint32_t type;
	uint64_t config, sample_type, read_format, branch_type, regs_user, regs_intr;
	bool id_all, exec, frequency;
	bool has_clock;
	int32_t clockid;
	uint64_t period; /* of every sample, unless the sample says */
	struct hu_perf_layout at;
	char *name; /* as perf prints it; NULL: not told */
	hu_name interned;
	const struct hu_perf_format *format; /* of a tracepoint */
	bool bound;			     /* `format` has been looked for */
	uint64_t count, used;
	uint64_t broken; /* samples that contradict their own sizes */
	uint64_t bare;	 /* without the payload */
};

struct hu_perf_id {
	uint64_t id;
	uint32_t event;
	bool taken;
	int32_t cpu;
	uint64_t last; /* the counter's value in the last sample that read it */
};

struct hu_perf_events {
	struct hu_perf_event **at; /* stable addresses */
	size_t count;
	struct hu_perf_id *id;
	size_t ids, id_room;
	bool swap;
	bool same;		  /* all lay out their samples alike, as far as time and id go */
	int16_t time, id_at;	  /* then: where in a sample; -1 */
	int16_t end_time, end_id; /* and in other records; 0 */
};

struct hu_perf_sample {
	uint64_t ip, time, id, period;
	int32_t pid, tid, cpu;
	bool chained;	      /* its event records call chains; this one may be empty */
	struct hu_str chain;  /* u64 each */
	struct hu_str raw;    /* a tracepoint's record */
	struct hu_str values; /* the counters that it read, from `read_format` on */
	uint64_t branches, user_stack, aux;
};

/* One perf_event_attr; NULL if these bytes cannot be one. What is missing at its end is zero. */
struct hu_perf_event *hu_perf_event_add(struct hu_perf_events *events, struct hu_str attr);
void hu_perf_event_id(struct hu_perf_events *events, uint64_t id, size_t event);
struct hu_perf_id *hu_perf_id_find(const struct hu_perf_events *events, uint64_t id);
void hu_perf_events_deinit(struct hu_perf_events *events);
/* Whose record it is; NULL: the file does not say. */
struct hu_perf_event *hu_perf_event_of(const struct hu_perf_events *events, uint32_t type,
				       struct hu_str body);
/* The record's time; 0: it has none. Called for every record, before it is put in order. */
uint64_t hu_perf_time_of(const struct hu_perf_events *events, uint32_t type, struct hu_str body);
/* false: the sample is cut, or its sizes contradict each other. */
bool hu_perf_sample_parse(const struct hu_perf_event *event, bool swap, struct hu_str body,
			  struct hu_perf_sample *ret);
/* pid, tid, cpu, time of a record that is no sample, as far as it says; what stands behind `body`
 * is taken off it. */
void hu_perf_trailer_parse(const struct hu_perf_event *event, bool swap, struct hu_str *body,
			   struct hu_perf_sample *ret);
/* The next counter of a group that a sample read; false at the end. */
struct hu_perf_value {
	uint64_t value, id;
};
bool hu_perf_value_next(const struct hu_perf_event *event, bool swap, struct hu_str *values,
			bool *started, struct hu_perf_value *ret);
/* "cycles": what perf calls an event that the file has no name for. Static, or into `spare`. */
const char *hu_perf_event_name(const struct hu_perf_event *event, char spare[static 40]);
/* Its samples say where a CPU spends its time. */
bool hu_perf_event_profiles(const struct hu_perf_event *event);

/* The head. */

struct hu_perf_head {
	struct hu_str bytes; /* the file */
	bool swap, big_endian, pipe;
	uint64_t data_at; /* offset of the records */
	struct hu_str data;
	struct hu_perf_events events;
	struct hu_str formats; /* the tracing data section */

	bool x86_64;
	char *release; /* NULL: not told */
	uint32_t said; /* features whose facts are out, by number */
	bool has_clock_pair;
	int32_t pair_clockid;
	hu_ns pair_wall, pair_clock;
	bool branches; /* HEADER_BRANCH_STACK */
	uint32_t build_ids;
	/* Called with every build id, if it is not NULL. */
	void (*build_id)(void *with, struct hu_str file, struct hu_str id);
	void *with;
	struct hu_err *damage; /* the first thing found wrong; the rest is what could be read */
};

HU_MUST_CHECK struct hu_err *hu_perf_head_read(struct hu_perf_head *head, struct hu_str bytes,
					       struct hu_sink *to);
/* One feature section; of pipe mode, one record of it. */
void hu_perf_feature(struct hu_perf_head *head, uint64_t number, struct hu_str part,
		     struct hu_sink *to);
void hu_perf_build_id(struct hu_perf_head *head, uint16_t misc, struct hu_str entry,
		      struct hu_sink *to);
void hu_perf_head_deinit(struct hu_perf_head *head);
void hu_perf_damage(struct hu_perf_head *head, struct hu_err *err); /* takes it */

/* Records. */

struct hu_perf_chunk; /* unpacked records, kept as long as one of them is waiting */

struct hu_perf_record {
	uint32_t type;
	uint16_t misc;
	struct hu_str body;    /* behind its header */
	struct hu_str payload; /* what follows the record: tracing data */
	uint64_t ts;	       /* 0: none */
	struct hu_perf_chunk *chunk;
};

struct hu_perf_stream {
	struct hu_str left;
	uint64_t offset; /* of `left` in the file */
	bool swap;
	void *zstd;
	struct hu_perf_chunk *chunk; /* what is being taken apart */
	struct hu_str unpacked;
	uint64_t packed_bytes, unpacked_bytes;
	uint64_t aux_bytes; /* of AUX area traces, skipped */
	struct hu_err *damage;
	bool cut; /* `damage` is that the file ends too early */
};

/* The next record as it lies in the file; false at the end, or where nothing more can be read. */
bool hu_perf_stream_next(struct hu_perf_stream *stream, struct hu_perf_record *ret);
void hu_perf_stream_deinit(struct hu_perf_stream *stream);
void hu_perf_chunk_put(struct hu_perf_chunk *chunk); /* NULL is fine */

/* Order. */

struct hu_perf_waiting {
	uint64_t ts;
	const char *at; /* the record's header */
	struct hu_perf_chunk *chunk;
};

struct hu_perf_order {
	struct hu_perf_stream stream;
	const struct hu_perf_events *events;
	bool windowed; /* one ring buffer, nearly sorted, without rounds */
	struct hu_perf_waiting *entry, *spare;
	size_t room, next, ready, sorted, count;
	uint64_t highest, flush_to;
	uint64_t since_round, rounds;
	uint64_t last;		  /* stamp of the last one given out */
	uint64_t first, complete; /* of all; up to here nothing can be missing, 0: nowhere */
	uint64_t late, forced;
	bool ended;
};

/* The next record by time; one without a time comes when it is met. hu_perf_chunk_put() its chunk.
 */
bool hu_perf_order_next(struct hu_perf_order *order, struct hu_perf_record *ret);
void hu_perf_order_deinit(struct hu_perf_order *order);

/* Tracepoints. */

struct hu_perf_formats;
struct hu_perf_format;

struct hu_perf_formats *hu_perf_formats_create(const struct hu_perf_head *head,
					       struct hu_vocabulary *words, struct hu_err **damage);
void hu_perf_formats_destroy(struct hu_perf_formats *formats); /* NULL is fine */
/* "long" of the traced kernel; 8 if the file does not say */
uint32_t hu_perf_long_size(const struct hu_perf_head *head);
const struct hu_perf_format *hu_perf_format_find(struct hu_perf_formats *formats, uint64_t id);
bool hu_perf_format_uses(const struct hu_perf_format *format);
bool hu_perf_format_is(const struct hu_perf_format *format, const char *name); /* NULL: no */
/* One record; `at` without tid: the record says. */
void hu_perf_format_see(const struct hu_perf_format *format, struct hu_str raw,
			const struct hu_where *at);
void hu_perf_format_count(const struct hu_perf_format *format);
/* The context that a record was made in. */
uint32_t hu_perf_raw_context(struct hu_str raw);

/* Address spaces. */

struct hu_perf_maps;

struct hu_perf_maps *hu_perf_maps_create(const struct hu_surroundings *around);
void hu_perf_maps_destroy(struct hu_perf_maps *maps); /* NULL is fine */
struct hu_perf_mapping {
	uint64_t start, len, offset; /* of the file */
	struct hu_str file;
};
void hu_perf_maps_add(struct hu_perf_maps *maps, int32_t pid, const struct hu_perf_mapping *map);
void hu_perf_maps_fork(struct hu_perf_maps *maps, int32_t parent, int32_t child);
void hu_perf_maps_build_id(struct hu_perf_maps *maps, struct hu_str file, struct hu_str id);

/* A number that changes with every change of the process's space; 0: no space known. */
uint64_t hu_perf_maps_version(const struct hu_perf_maps *maps, int32_t pid);
/* The frame at `ip`: texts valid until the next call. */
struct hu_perf_frame {
	struct hu_str symbol, module;
};
void hu_perf_maps_user(struct hu_perf_maps *maps, int32_t pid, uint64_t ip,
		       struct hu_perf_frame *ret);

/* The kernel's. */

struct hu_perf_kernel;

struct hu_perf_kernel *hu_perf_kernel_create(void);
void hu_perf_kernel_destroy(struct hu_perf_kernel *kernel); /* NULL is fine */
/* A MMAP of the kernel: itself, or a module. */
void hu_perf_kernel_map(struct hu_perf_kernel *kernel, const struct hu_perf_mapping *map);
/* Code that it made as it ran. */
void hu_perf_kernel_symbol(struct hu_perf_kernel *kernel, uint64_t start, uint64_t len,
			   struct hu_str name);
/* The module that lies there; empty. */
struct hu_str hu_perf_kernel_module(const struct hu_perf_kernel *kernel, uint64_t address);
bool hu_perf_kernel_made(const struct hu_perf_kernel *kernel, uint64_t address, struct hu_str *name,
			 uint64_t *offset);
/* Where the file says that `_stext` or `_text` lay; false if it does not. */
bool hu_perf_kernel_reference(const struct hu_perf_kernel *kernel, struct hu_str *name,
			      uint64_t *address);

/* The job. */

struct hu_perf_stacks { /* call chains that have been seen, by hash */
	struct hu_perf_chain {
		uint64_t hash;
		hu_stack stack;
	} * at;
	size_t count, room;
};

struct hu_perf_job {
	struct hu_sink *to;
	const struct hu_surroundings *around;
	struct hu_perf_head head;
	struct hu_symtab *symbols; /* borrowed; NULL: none, or not of this boot */
	struct hu_vocabulary *words;
	struct hu_perf_formats *formats;
	struct hu_perf_maps *maps;
	struct hu_perf_kernel *kernel;
	struct hu_perf_stacks stacks;

	hu_ns now;	  /* the last stamp; HU_OPEN: none yet */
	uint64_t samples; /* given out, in perf script's way of counting: the position of rows */
	uint64_t seen[HU_PERF_TYPES], used[HU_PERF_TYPES];
	uint64_t strange; /* records of no known type */
	uint64_t unowned; /* samples whose event the file does not name */
	uint64_t branches, user_stacks, deferred, guest, aux_samples;
	uint64_t lost, tallied; /* events that LOST told of, and that were counted at the end */
	hu_ns *last;		/* by CPU: the stamp of the last record */
	size_t cpus;
	bool has_switches; /* sched_switch is among the events */
	struct hu_perf_named {
		int32_t pid, tid;
		char comm[16];
		uint8_t len;
	} * named; /* names from before the first stamp */
	size_t named_count;
};

/* For hu_resolver; `with` is the job. */
bool hu_perf_resolve(void *with, uint64_t address, struct hu_str *name, struct hu_str *module,
		     uint64_t *offset);
/* One record, in the order of time. */
void hu_perf_see(struct hu_perf_job *job, const struct hu_perf_record *record);
/* Symbols, words and formats, once all headers have been read. */
void hu_perf_prepare(struct hu_perf_job *job);
/* What is known when all has been read; the streams' first error, or NULL. */
struct hu_err *hu_perf_end(struct hu_perf_job *job, struct hu_perf_order *const *orders,
			   size_t count);

hu_stack hu_perf_stack(struct hu_perf_job *job, const struct hu_perf_sample *sample, uint16_t misc);
void hu_perf_stacks_deinit(struct hu_perf_stacks *stacks);

void hu_perf_side(struct hu_perf_job *job, const struct hu_perf_record *record);
/* Of a record that is no sample. */
struct hu_where hu_perf_where(const struct hu_perf_job *job, uint64_t ts, int32_t cpu, int32_t tid);
/* A pid or tid; HU_NONE: none. */
int32_t hu_perf_take_id(struct hu_bytes *from);
void hu_perf_see_comm(struct hu_perf_job *job, const struct hu_perf_record *record,
		      struct hu_bytes *from, const struct hu_perf_sample *said);
void hu_perf_see_fork(struct hu_perf_job *job, const struct hu_perf_record *record,
		      struct hu_bytes *from, const struct hu_perf_sample *said);
void hu_perf_see_exit(struct hu_perf_job *job, const struct hu_perf_record *record,
		      struct hu_bytes *from, const struct hu_perf_sample *said);
void hu_perf_thread_map(struct hu_perf_job *job, struct hu_str body);
/* The CPU's last record is this one. */
void hu_perf_seen_on(struct hu_perf_job *job, int32_t cpu, hu_ns ts);
/* Their counts, and the losses among them. */
void hu_perf_side_finish(struct hu_perf_job *job);
/* Names from before the first stamp become rows at it. */
void hu_perf_put_named(struct hu_perf_job *job);
/* The stamp as the store has it; HU_OPEN: none. */
static inline hu_ns hu_perf_stamp(uint64_t ts)
{
	return ts && ts < (uint64_t)HU_OPEN ? (hu_ns)ts : HU_OPEN;
}
/* A loss with nothing but a text and a count. */
void hu_perf_put_loss(struct hu_perf_job *job, enum hu_loss kind, uint64_t count, const char *fmt,
		      ...) HU_PRINTF(4, 5);

#endif
