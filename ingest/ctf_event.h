/* ingest/ctf_event.h - messages of libbabeltrace2 to the vocabulary. */
#ifndef HU_CTF_EVENT_H
#define HU_CTF_EVENT_H

#include "ingest/ctf_packet.h"
#include "ingest/ctf_stream.h"
#include "ingest/reader.h"
#include "ingest/vocabulary.h"

#include <babeltrace2/babeltrace.h>

struct hu_ctf_events;

/* `flaws`: what is known to be missing of the trace's streams; they go to the losses at the end. */
struct hu_ctf_events *hu_ctf_events_create(struct hu_sink *to, const struct hu_surroundings *around,
					   const struct hu_ctf_flaw *flaw, size_t flaws);
void hu_ctf_events_destroy(struct hu_ctf_events *events); /* NULL is fine */

/* In the order of time. */
void hu_ctf_events_see(struct hu_ctf_events *events, struct hu_ctf_stream *stream,
		       const bt_message *message);
/* The rest of the stream cannot be read, for the reason given. */
void hu_ctf_events_broke(struct hu_ctf_events *events, const struct hu_ctf_stream *stream,
			 const char *why);
/* It is known that streams are cut or have holes. */
bool hu_ctf_events_flawed(const struct hu_ctf_events *events);
/* Puts what only the end knows; returns how many records there were. */
uint64_t hu_ctf_events_finish(struct hu_ctf_events *events);

#endif
