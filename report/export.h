/*
 * report/export.h - the store as a timeline that the Perfetto UI opens (ui.perfetto.dev, and its
 * trace processor): docs/export.md. Nothing is computed here; what is drawn are rows of the store
 * and of the result tables.
 */
#ifndef HU_EXPORT_H
#define HU_EXPORT_H

#include "db/store.h"

struct hu_export {
	hu_ns from, to;	  /* from the window's start; HU_OPEN: no limit */
	const char *task; /* a name, a pattern or a thread id; NULL: all */
	/* Takes the next bytes; an error ends it. */
	struct hu_err *(*write)(void *to_whom, struct hu_str bytes);
	void *to_whom;
};

struct hu_exported {
	int64_t tracks, slices, instants, flows, counters, switches, wakeups;
	int64_t untimed;  /* incidents, evidence and losses that are not on the time axis */
	int64_t left_out; /* switches on a CPU that nobody names */
	hu_ns shift;	  /* added to case time, which must not be negative there */
};

/* Needs a store on which hu_analyze() ran. */
HU_MUST_CHECK struct hu_err *hu_export_perfetto(struct hu_store *store,
						const struct hu_export *wanted,
						struct hu_exported *ret);

#endif
