/*
 * ingest/ctf_graph.h - a CTF trace through libbabeltrace2, merged by time. One port is one stream:
 * one CPU of one channel. A stream that the library cannot read on ends alone.
 */
#ifndef HU_CTF_GRAPH_H
#define HU_CTF_GRAPH_H

#include "ingest/ctf_event.h"

/*
 * Hands every message to `to`. `bytes`: of all streams; more events than that are made out of
 * nothing. *bad counts streams that ended in an error. *taken false: the library refused the
 * trace before the first message.
 */
HU_MUST_CHECK struct hu_err *hu_ctf_graph_run(const char *folder, bool ctf2,
					      struct hu_ctf_events *to, uint64_t bytes,
					      uint64_t *bad, bool *taken);

#endif
