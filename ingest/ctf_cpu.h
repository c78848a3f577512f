/*
 * ingest/ctf_cpu.h - what has to be remembered of each CPU between the records of a CTF trace: who
 * runs there, in which handler, and until when nothing of it is to be believed.
 */
#ifndef HU_CTF_CPU_H
#define HU_CTF_CPU_H

#include "ingest/ctf_kind.h"
#include "ingest/vocabulary.h"

enum { HU_CTF_CPUS_MAX = 1 << 16 };

struct hu_ctf_cpu {
	int32_t tid; /* that the last switch named; HU_NONE: not known */
	uint32_t hardirqs, softirqs;
};

struct hu_ctf_cpus { /* zero it, with next_gap_end = HU_OPEN */
	struct hu_ctf_cpu *cpu;
	size_t count;
	hu_ns *gap_end; /* of lossy stretches, as far as they lie ahead */
	int32_t *gap_cpu;
	size_t gaps;
	hu_ns next_gap_end;
};

void hu_ctf_cpus_deinit(struct hu_ctf_cpus *cpus);
/* NULL: no CPU has this number. Lives until the next call. */
struct hu_ctf_cpu *hu_ctf_cpu_of(struct hu_ctf_cpus *cpus, int32_t number);

/* An event on it, of that role: before, and after the rows were put. */
void hu_ctf_cpu_enter(struct hu_ctf_cpu *cpu, enum hu_ctf_role role);
void hu_ctf_cpu_leave(struct hu_ctf_cpu *cpu, const struct hu_ctf_kind *kind,
		      const bt_event *event);
/* enum hu_context. Between the entry and the exit of a handler it is that; else nobody says that it
 * is none. */
uint32_t hu_ctf_cpu_context(const struct hu_ctf_cpu *cpu); /* NULL is fine */

/* Events of this CPU (HU_NONE: of any) are missing: what it and `words` know is no more. */
void hu_ctf_cpus_forget(struct hu_ctf_cpus *cpus, int32_t number, struct hu_vocabulary *words);
/* The same, and once more when `end` is reached; HU_OPEN: never. */
void hu_ctf_cpus_gap(struct hu_ctf_cpus *cpus, hu_ns end, int32_t number,
		     struct hu_vocabulary *words);
/* It is `now`, and that is not before next_gap_end: what began in a lossy stretch is not believed
 * behind it. */
void hu_ctf_cpus_end_gaps(struct hu_ctf_cpus *cpus, hu_ns now, struct hu_vocabulary *words);

#endif
