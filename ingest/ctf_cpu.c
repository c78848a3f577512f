/* CPUs of a CTF trace, between its records. */
#include "db/base.h"

#ifdef HU_HAVE_BABELTRACE2
#include "ingest/ctf_cpu.h"

#include <stdlib.h>

void hu_ctf_cpus_deinit(struct hu_ctf_cpus *cpus)
{
	free(cpus->cpu);
	free(cpus->gap_end);
	free(cpus->gap_cpu);
}

struct hu_ctf_cpu *hu_ctf_cpu_of(struct hu_ctf_cpus *cpus, int32_t number)
{
	if (number < 0 || number >= HU_CTF_CPUS_MAX)
		return NULL;
	if ((size_t)number >= cpus->count) {
		size_t more = (size_t)number + 1;
		cpus->cpu = hu_realloc(cpus->cpu, more * sizeof(*cpus->cpu));
		for (size_t i = cpus->count; i < more; i++)
			cpus->cpu[i] = (struct hu_ctf_cpu){.tid = HU_NONE};
		cpus->count = more;
	}
	return &cpus->cpu[number];
}

uint32_t hu_ctf_cpu_context(const struct hu_ctf_cpu *cpu)
{
	if (cpu && cpu->hardirqs)
		return HU_CTX_HARDIRQ;
	return cpu && cpu->softirqs ? HU_CTX_SOFTIRQ : HU_CTX_UNKNOWN;
}

void hu_ctf_cpu_enter(struct hu_ctf_cpu *cpu, enum hu_ctf_role role)
{
	cpu->hardirqs += role == HU_CTF_HARDIRQ_IN;
	cpu->softirqs += role == HU_CTF_SOFTIRQ_IN;
}

void hu_ctf_cpu_leave(struct hu_ctf_cpu *cpu, const struct hu_ctf_kind *kind, const bt_event *event)
{
	switch (kind->role) {
	case HU_CTF_HARDIRQ_OUT:
		cpu->hardirqs -= !!cpu->hardirqs;
		break;
	case HU_CTF_SOFTIRQ_OUT:
		cpu->softirqs -= !!cpu->softirqs;
		break;
	case HU_CTF_SWITCH: /* nothing switches inside of a handler */
		*cpu = (struct hu_ctf_cpu){.tid = hu_ctf_i32_at(event, kind->next, HU_NONE)};
		break;
	default:
		break;
	}
}

void hu_ctf_cpus_forget(struct hu_ctf_cpus *cpus, int32_t number, struct hu_vocabulary *words)
{
	struct hu_ctf_cpu *cpu = hu_ctf_cpu_of(cpus, number);

	hu_vocabulary_gap(words);
	if (cpu)
		*cpu = (struct hu_ctf_cpu){.tid = HU_NONE};
	for (size_t i = 0; !cpu && i < cpus->count; i++)
		cpus->cpu[i] = (struct hu_ctf_cpu){.tid = HU_NONE};
}

void hu_ctf_cpus_gap(struct hu_ctf_cpus *cpus, hu_ns end, int32_t number,
		     struct hu_vocabulary *words)
{
	hu_ctf_cpus_forget(cpus, number, words);
	if (end == HU_OPEN)
		return;
	cpus->gap_end = hu_realloc(cpus->gap_end, (cpus->gaps + 1) * sizeof(hu_ns));
	cpus->gap_cpu = hu_realloc(cpus->gap_cpu, (cpus->gaps + 1) * sizeof(int32_t));
	cpus->gap_end[cpus->gaps] = end;
	cpus->gap_cpu[cpus->gaps++] = number;
	if (end < cpus->next_gap_end)
		cpus->next_gap_end = end;
}

void hu_ctf_cpus_end_gaps(struct hu_ctf_cpus *cpus, hu_ns now, struct hu_vocabulary *words)
{
	size_t kept = 0;

	cpus->next_gap_end = HU_OPEN;
	for (size_t i = 0; i < cpus->gaps; i++) {
		if (cpus->gap_end[i] <= now) {
			hu_ctf_cpus_forget(cpus, cpus->gap_cpu[i], words);
			continue;
		}
		if (cpus->gap_end[i] < cpus->next_gap_end)
			cpus->next_gap_end = cpus->gap_end[i];
		cpus->gap_cpu[kept] = cpus->gap_cpu[i];
		cpus->gap_end[kept++] = cpus->gap_end[i];
	}
	cpus->gaps = kept;
}

#endif
