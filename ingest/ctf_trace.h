/* ingest/ctf_trace.h - what a CTF trace says of its host, its tracer and its clock. */
#ifndef HU_CTF_TRACE_H
#define HU_CTF_TRACE_H

#include "db/sink.h"

#include <babeltrace2/babeltrace.h>

struct hu_ctf_trace {  /* zero it, with first = HU_OPEN */
	bool is_user;  /* of programs (LTTng's domain "ust") */
	bool is_perf;  /* made by perf data convert */
	bool is_32bit; /* the kernel */
	bool x86_64;
	char *release;	 /* of the kernel; NULL: not told */
	bool old_states; /* sched_switch of a kernel before 4.14 */
	hu_ns first;	 /* stamp of the first record; HU_OPEN: none */

	char *clock_name; /* NULL: no stream has had a clock yet */
	uint64_t frequency;
	enum hu_clock clock;
	hu_ns epoch; /* what makes wall time of a stamp; HU_OPEN: nobody says */
	hu_ns shift; /* what makes a stamp of the clock's value */
};

/* Puts the facts of its environment. */
void hu_ctf_trace_begin(struct hu_ctf_trace *trace, const bt_trace *of, struct hu_sink *to);
/* The clock of a stream: the first one is the source's. False: it is another than the first. */
bool hu_ctf_trace_clock(struct hu_ctf_trace *trace, const bt_clock_class *clock,
			struct hu_sink *to);
/* Puts a reading of the clock against wall time, if there is one. */
void hu_ctf_trace_finish(const struct hu_ctf_trace *trace, struct hu_sink *to);
void hu_ctf_trace_deinit(struct hu_ctf_trace *trace);

#endif
