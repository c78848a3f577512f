/*
 * ingest/traceflags.h - common_flags of a record that the kernel's tracing wrote, wherever it was
 * kept. TRACE_FLAG_*, include/linux/trace_events.h: an interrupt within a softirq has both bits.
 */
#ifndef HU_TRACEFLAGS_H
#define HU_TRACEFLAGS_H

#include "db/words.h"

#include <stdint.h>

static inline uint32_t hu_context_of_flags(uint64_t flags)
{
	enum { FLAG_HARDIRQ = 0x08, FLAG_SOFTIRQ = 0x10, FLAG_NMI = 0x40 };

	if (flags & FLAG_NMI)
		return HU_CTX_NMI;
	if (flags & FLAG_HARDIRQ)
		return HU_CTX_HARDIRQ;
	return flags & FLAG_SOFTIRQ ? HU_CTX_SOFTIRQ : HU_CTX_TASK;
}

#endif
