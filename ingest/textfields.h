/*
 * ingest/textfields.h - events that some tool printed ("sched_switch: prev_comm=bash prev_pid=…"),
 * to the vocabulary. Shared by every reader of printed trace events: the reader takes a line apart
 * into who, where, when, the event's name and what is printed behind it; here the printed fields
 * become a hu_event_access, so that one table (vocabulary*.c) decides what an event means.
 *
 * Known print forms, each of several kernels and tools:
 *   kernel             prev_comm=a prev_pid=1 … prev_state=D ==> next_comm=b …
 *   libtraceevent      a:1 [120] D ==> b:2 [120]
 *   raw fields         prev_comm=a prev_pid=1 prev_state=2 (trace-cmd report -R)
 *   system calls       name "sys_enter_mount", body "dev_name: 0x7ffe…, flags: 0x0"
 *                      name "sys_exit_mount", body "0x0"
 *   probes             (down_read+0x0/0x50) sem=0xffff…   (ffffffff93f10d20 <- ffffffff93e76930)
 *
 * What the text does not say is not known: a field that is missing, a pointer that the kernel
 * hashed ("00000000b2fbd28c"), a word that stands for no number. number() then says false.
 *
 * One line is in work at a time; nothing is allocated per line.
 */
#ifndef HU_TEXTFIELDS_H
#define HU_TEXTFIELDS_H

#include "ingest/reader.h"
#include "ingest/vocabulary.h"

struct hu_text_events;

/*
 * Makes its own vocabulary. `around` (never NULL, its members may be) gives the symbols for bare
 * addresses, the list of probes (kprobe_events) where no symbol explains one, and the machine.
 * `sample` is the capture's text or its beginning: frames in it may say the machine, too.
 */
struct hu_text_events *hu_text_events_create(struct hu_sink *to,
					     const struct hu_surroundings *around,
					     struct hu_str sample);
void hu_text_events_destroy(struct hu_text_events *t); /* NULL is fine */
/* For hu_vocabulary_gap() and hu_vocabulary_name(). Lives as long as `t`. */
struct hu_vocabulary *hu_text_events_words(struct hu_text_events *t);

struct hu_text_name; /* see below */

/* Borrowed text; only looked at during the call. */
struct hu_text_event {
	struct hu_str name; /* "sched_switch", without its system and without ":" */
	struct hu_str body; /* what is printed behind "name:"; blanks around it do not matter */
	struct hu_text_name *known; /* of this name; NULL: to be looked up */
};

/* This event becomes rows: its stack is worth decoding. The body of the first of a name counts. */
bool hu_text_events_use(struct hu_text_events *t, const struct hu_text_event *event);
/*
 * One event, in time order; at->context as the reader knows it, or HU_CTX_UNKNOWN. False: what is
 * printed is no whole form of this event (a cut line), so it was neither used nor counted.
 */
bool hu_text_events_see(struct hu_text_events *t, const struct hu_text_event *event,
			const struct hu_where *at);
/* One that is only to be counted: it has no time, or is known to be somewhere else, too. */
void hu_text_events_count(struct hu_text_events *t, const struct hu_text_event *event);

/*
 * An event's name, looked up. Where a reader puts it beside the name in struct hu_text_event,
 * nobody looks it up again. Lives as long as the events do.
 */
enum { HU_TEXT_NOTES = 4 };
struct hu_text_name {
	uint32_t note[HU_TEXT_NOTES]; /* the reader's own, 0 at first */
	bool others;		      /* stands for all names that there are too many of */
};
struct hu_text_name *hu_text_events_name(struct hu_text_events *t, struct hu_str name);

struct hu_text_frame {
	struct hu_str symbol; /* "down_write", without its offset; empty: not printed */
	struct hu_str module; /* "ext4"; empty: the kernel, or not said */
	uint64_t address;     /* 0: not printed */
};

/*
 * "down_write+0x5/0x40 [ext4]", "down_write <ffffffff93f10d20>", "down_write (ffffffff93f10d20)",
 * "ffffffff93f10d20 down_write+0x5 ([ext4])", "0xffffffff93f10d20", "(ffffffff93f10d20)". False if
 * it is none.
 */
bool hu_text_frame(struct hu_str text, struct hu_text_frame *ret);
/*
 * A frame, remembered by how it is printed: the same text gives the same one, which lives as long
 * as `t`. NULL: there are too many to remember this one, too.
 */
struct hu_text_known {
	struct hu_str text;
	struct hu_text_frame frame; /* if it is one */
	bool is_frame;
	bool machinery; /* the tracer's own */
};
const struct hu_text_known *hu_text_known(struct hu_text_events *t, struct hu_str text);
/*
 * A kernel stack, leaf first, without the tracing machinery on top of it. Where an address is
 * printed and the bundle has symbols, these say the function's module, and its name if none is
 * printed.
 */
hu_stack hu_text_stack(struct hu_text_events *t, const struct hu_text_frame *frame, size_t count);

/* A copy of a function's name that lives as long as `t`. */
struct hu_str hu_text_events_keep(struct hu_text_events *t, struct hu_str function);
/* The function of a frame, by the bundle's symbols where an address is printed; empty: not known.
 */
struct hu_str hu_text_frame_name(const struct hu_text_events *t, const struct hu_text_frame *frame);

/* Puts what only the end knows; call it once. */
void hu_text_events_finish(struct hu_text_events *t);

#endif
