/* ingest/ftext_graph.h - lines of the function_graph tracer to spans. */
#ifndef HU_FTEXT_GRAPH_H
#define HU_FTEXT_GRAPH_H

#include "ingest/ftext_queue.h"

struct hu_ftext_graph;

struct hu_ftext_graph *hu_ftext_graph_create(struct hu_sink *to, struct hu_text_events *events,
					     struct hu_ftext_queue *queue);
void hu_ftext_graph_destroy(struct hu_ftext_graph *g); /* NULL is fine */

/* Whether `text` has the form of such a line, whatever came before. */
bool hu_ftext_graph_is(struct hu_str text);
/* A "# …" line: the columns. */
void hu_ftext_graph_header(struct hu_ftext_graph *g, struct hu_str text);
/* The kernel's form, without an ordinary head. False if it is none. Counts what it has of records.
 */
bool hu_ftext_graph_line(struct hu_ftext_graph *g, struct hu_str text, uint64_t pos,
			 uint64_t *records);
/* trace-cmd's: an event funcgraph_entry or funcgraph_exit. False for any other. */
bool hu_ftext_graph_event(struct hu_ftext_graph *g, const struct hu_text_event *event,
			  const struct hu_where *at);
/* Something was lost: who has been entered is not known any more. */
void hu_ftext_graph_gap(struct hu_ftext_graph *g);
/* Puts what only the end knows. */
void hu_ftext_graph_finish(struct hu_ftext_graph *g);

#endif
