/* ingest/ftext_loss.h - what is lost of a trace that was read as text. */
#ifndef HU_FTEXT_LOSS_H
#define HU_FTEXT_LOSS_H

#include "db/text.h"
#include "ingest/ftext_line.h"
#include "ingest/ftext_lines.h"

enum { HU_FTEXT_EXAMPLES = 3, HU_FTEXT_CPU_LIMIT = 8192 /* NR_CPUS of the largest */ };

struct hu_ftext_cpu {
	hu_ns last;
	hu_ns first;
	bool seen, lost;
	int64_t lost_count;
	uint64_t lost_line;
	/* its stamps went back, from `high` to `low`: until they are past it, what is next in the
	 * text is not what came next */
	bool behind;
	hu_ns low, high;
	uint64_t back_line;
};

struct hu_ftext_loss { /* zeroed but for the first */
	struct hu_sink *to;
	struct hu_ftext_cpu *cpu;
	size_t cpus;
	uint64_t back, back_line; /* stamps before the last one of their CPU */
	uint64_t seams;		  /* of those, that were put by themselves */
	uint64_t elsewhere;	  /* records that another buffer has, too */
	uint64_t overwritten;	  /* events that the header counts and the buffer lost */
	uint64_t strange, strange_first[HU_FTEXT_EXAMPLES];
	struct hu_out example[HU_FTEXT_EXAMPLES];
};

/* A line that is not understood. */
void hu_ftext_loss_strange(struct hu_ftext_loss *l, struct hu_str line, uint64_t pos);
/* A line that says what was lost on a CPU: put when its next record says until when. */
void hu_ftext_loss_told(struct hu_ftext_loss *l, const struct hu_ftext_line *line, uint64_t pos);
/* A record. False: its stamp is before the last one's of its CPU. */
bool hu_ftext_loss_time(struct hu_ftext_loss *l, const struct hu_ftext_line *line, uint64_t pos);
/* The end: all that was not put. */
void hu_ftext_loss_put(struct hu_ftext_loss *l, const struct hu_ftext_queue *queue,
		       const struct hu_ftext_lines *lines);
void hu_ftext_loss_deinit(struct hu_ftext_loss *l);

#endif
