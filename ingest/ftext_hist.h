/* ingest/ftext_hist.h - files of hist triggers ("# event histogram"): one aggregate for each row.
 */
#ifndef HU_FTEXT_HIST_H
#define HU_FTEXT_HIST_H

#include "db/sink.h"
#include "db/text.h"

struct hu_ftext_hist { /* zero it, set `to`, deinit it */
	struct hu_sink *to;
	uint64_t headers;
	hu_name table;	   /* of the trigger that is being read; 0: none */
	struct hu_out key; /* of a row that goes over several lines */
};
void hu_ftext_hist_deinit(struct hu_ftext_hist *hist);

/* A "# …" line. */
void hu_ftext_hist_header(struct hu_ftext_hist *hist, struct hu_str text);
/* False if it is no row of a histogram, or no histogram is being read. */
bool hu_ftext_hist_line(struct hu_ftext_hist *hist, struct hu_str text, uint64_t pos,
			uint64_t *records);

#endif
