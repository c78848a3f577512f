/*
 * ingest/tracedat_file.h - the container of a trace.dat: where everything is in the file, every
 * offset and size checked against what is really there. Nothing in it has been interpreted; all
 * views live as long as the file does.
 */
#ifndef HU_TRACEDAT_FILE_H
#define HU_TRACEDAT_FILE_H

#include "ingest/mapped.h"

enum hu_trace_packing { HU_PACKED_NONE = 0, HU_PACKED_ZSTD, HU_PACKED_ZLIB, HU_PACKED_UNKNOWN };

struct hu_trace_cpu { /* the data of one CPU */
	uint32_t cpu;
	struct hu_str data; /* what the file has of it */
	uint64_t missing;   /* bytes that the table promises and the file does not have */
	uint64_t overrun;   /* events that the kernel says were overwritten before the first … */
	uint64_t dropped;   /* … and that it could not write; 0: it says nothing */
	bool guessed;	    /* found behind a lost table: where it ends is not known */
};

struct hu_trace_sample { /* a moment at which a guest's clock was compared with its host's */
	uint64_t time;	 /* of the guest */
	int64_t offset;	 /* to be added */
	uint64_t scaling, fraction;
};

struct hu_trace_shift { /* of one CPU, by time */
	struct hu_trace_sample *sample;
	size_t samples;
};

struct hu_trace_buffer { /* the top buffer, or one instance */
	struct hu_str name;
	struct hu_str clock; /* empty: the file's */
	uint32_t page_size;
	bool packed; /* in chunks, with the file's packing */
	struct hu_trace_cpu *cpu;
	size_t cpus;
};

struct hu_trace_file {
	struct hu_mapped mapped;
	struct hu_str bytes; /* the whole file */
	uint32_t version;    /* 6 or 7 */
	bool big_endian;
	uint32_t long_size; /* of the traced user space */
	uint32_t page_size;
	enum hu_trace_packing packing;
	struct hu_str packing_name;

	/* The sections' contents, unpacked; empty if the file has none. */
	struct hu_str header; /* header_page and header_event */
	struct hu_str ftrace_formats;
	struct hu_str event_formats;
	struct hu_str kallsyms;
	struct hu_str printk;
	struct hu_str cmdlines;

	/* The options. */
	struct hu_str uname;
	struct hu_str clock; /* "mono": the one in brackets; empty: not recorded */
	uint32_t cpus;	     /* 0: not recorded */
	bool has_tsc;
	uint32_t tsc_mult, tsc_shift;
	int64_t ts_offset; /* ns, to be added to every stamp */
	bool has_date;
	int64_t date; /* ns from a stamp to the wall clock */
	bool latency; /* the trace is text ("latency"), there are no records */
	struct hu_str latency_text;
	uint64_t trace_id;	      /* 0: not recorded */
	struct hu_str guests;	      /* "g1 2 CPUs, ..."; what the host's file says of them */
	bool has_shift;		      /* this is a guest's file */
	uint64_t host_id;	      /* of the host's file */
	struct hu_trace_shift *shift; /* by CPU, to the host's clock */
	uint32_t shift_cpus;
	bool shift_slopes;		 /* between two samples the offset is interpolated */
	uint64_t shifts;		 /* how many samples there are … */
	int64_t shift_least, shift_most; /* … and in what range; in units of the stamps */

	struct hu_trace_buffer *buffer;
	size_t buffers;

	struct hu_err *damage; /* the first thing found wrong; the rest is what could be read */

	uint64_t unpacked; /* bytes that sections grew to, against bombs */
	void **owned;
	size_t owned_count;
};

/*
 * Maps the file and finds its parts. An error means that nothing can be had from it; damage behind
 * which something is left goes to ->damage.
 */
HU_MUST_CHECK struct hu_err *hu_trace_file_open(const char *path, struct hu_trace_file **ret);
void hu_trace_file_close(struct hu_trace_file *file); /* NULL is fine */
void hu_trace_file_closep(struct hu_trace_file **file);

/* For who makes one of other parts: memory that lives as long as the file, and one more buffer. */
void *hu_trace_own(struct hu_trace_file *file, size_t bytes);
struct hu_trace_buffer *hu_trace_add_buffer(struct hu_trace_file *file);

/* "local [mono] boot": the one in brackets; "mono": itself. Borrowed from the text. */
struct hu_str hu_trace_chosen_clock(struct hu_str text);

/* Unpacks one block into `to` (exactly `len` bytes); false if it is damaged. */
bool hu_trace_unpack(enum hu_trace_packing packing, struct hu_str block, char *to, size_t len);

/* A name out of the file for a sentence: at most 48 bytes, all printable. free() it. */
char *hu_trace_shown(struct hu_str name);

/* A place in bytes of a given endianness; reading past the end sets `bad` and gives zeros. */
struct hu_take {
	struct hu_str left;
	bool big_endian;
	bool bad;
};
uint64_t hu_take_number(struct hu_take *from, size_t bytes); /* 1, 2, 4 or 8 */
struct hu_str hu_take_bytes(struct hu_take *from, uint64_t len);
struct hu_str hu_take_string(struct hu_take *from); /* up to a NUL, which is skipped */
/* The option TIME_SHIFT: tracedat_time.c */
void hu_trace_take_shift(struct hu_trace_file *file, struct hu_take from);
/* What a part says behind its own size, a number of `bytes`; as much of it as there is. */
struct hu_str hu_trace_counted(const struct hu_trace_file *file, struct hu_str part, size_t bytes);

#endif
