/* ingest/vocabulary_private.h - what the parts of the vocabulary share. */
#ifndef HU_VOCABULARY_PRIVATE_H
#define HU_VOCABULARY_PRIVATE_H

#include "ingest/vocabulary.h"

enum { HU_SLOTS = 8 };

struct hu_function; /* kprobe.c: a function by address */
struct hu_event_kind;

typedef void (*hu_see_fn)(struct hu_vocabulary *v, struct hu_event_kind *kind,
			  struct hu_event_view *view);

/*
 * One row of the table: an event, what is done with it, and the fields it needs. A field that was
 * renamed has its names separated by "|", the newest first.
 */
struct hu_meaning {
	const char *event; /* a "*" at the end: any name that begins so */
	hu_see_fn see;
	int32_t arg; /* the handler's own: a step, a kind */
	const char *slot[HU_SLOTS];
};

struct hu_event_kind {
	char *event;
	uint64_t count;
	const struct hu_meaning *means; /* NULL: only counted */
	int slot[HU_SLOTS];		/* field index, or -1 */
	uint64_t used;			/* records that became rows */
	bool old_states;		/* sched_switch before 4.14 */
	hu_name name;			/* of the system call */
	struct hu_text_fields {		/* texts that are arguments of a system call */
		int field[6];
		int count;
	} texts;
	uint64_t last_address; /* kprobe: the function of the last record */
	struct hu_function *last_function;
	bool perf_probe; /* of the group "probe", where perf probe puts what it makes … */
	struct hu_function *named; /* … with the function's name */
	struct hu_event_kind *next;
};

struct hu_entered { /* a probed function that was entered and has not returned */
	struct hu_function *function;
	hu_ns ts;
	hu_stack stack;
	uint32_t context;
	uint64_t address; /* of the lock, 0 if it is none */
};

struct hu_task_state {
	int32_t tid; /* key; -1: free place */
	bool named;
	char comm[16];
	unsigned char comm_len;
	struct hu_entered *entered;
	uint32_t depth, room;
	uint64_t epoch; /* of `entered`: older than the last gap means gone */
};

struct hu_address {	  /* one address of stacks and probes, resolved */
	uint64_t address; /* key; 0: free place */
	hu_name symbol, module;
	bool machinery;
	bool nameless;		      /* no function of the symbol list */
	struct hu_function *function; /* if it was asked for as one */
	bool asked;
};

struct hu_vocabulary {
	struct hu_sink *to;
	struct hu_resolver resolver;
	struct hu_event_kind *kinds;
	size_t kind_count;
	struct hu_task_state *task;
	size_t tasks, task_room;
	struct hu_task_state nobody; /* stands for tids that cannot be */
	struct hu_address *address;
	size_t addresses, address_room;
	struct hu_function *functions;
	uint64_t epoch;
	uint64_t unresolved; /* probe records whose address no symbol explains … */
	uint64_t by_name;    /* … and those whose event's name does */
	struct hu_saved_name {
		int32_t tid;
		char comm[16];
		unsigned char len;
	} * saved;
	size_t saved_count;
};

/* A slot's number; false if the event or this record has none. */
static inline bool hu_slot(const struct hu_event_kind *kind, const struct hu_event_view *view,
			   int slot, uint64_t *ret)
{
	return kind->slot[slot] >= 0 && view->by->number(view, kind->slot[slot], ret);
}
static inline int64_t hu_slot_or(const struct hu_event_kind *kind, const struct hu_event_view *view,
				 int slot, int64_t otherwise)
{
	uint64_t value;

	return hu_slot(kind, view, slot, &value) ? (int64_t)value : otherwise;
}
/* The same, for what is stored as 32 bits: a value that does not fit is not known. */
static inline int32_t hu_slot_i32(const struct hu_event_kind *kind,
				  const struct hu_event_view *view, int slot)
{
	int64_t value = hu_slot_or(kind, view, slot, HU_NONE);

	return value < INT32_MIN || value > INT32_MAX ? HU_NONE : (int32_t)value;
}
static inline struct hu_str hu_slot_text(const struct hu_event_kind *kind,
					 const struct hu_event_view *view, int slot)
{
	return kind->slot[slot] >= 0 ? view->by->text(view, kind->slot[slot])
				     : (struct hu_str){NULL, 0};
}

struct hu_task_state *hu_vocabulary_task(struct hu_vocabulary *v, int32_t tid);
struct hu_address *hu_vocabulary_resolve(struct hu_vocabulary *v, uint64_t address);

/* Parts of the table, each ended by a row without a name. */
extern const struct hu_meaning hu_meanings_sched[];
extern const struct hu_meaning hu_meanings_lock[];
extern const struct hu_meaning hu_meanings_mm[];
extern const struct hu_meaning hu_meanings_syscall[];
extern const struct hu_meaning hu_meanings_block[];
extern const struct hu_meaning hu_meanings_tracers[];

/* sched */
bool hu_switch_states_are_old(struct hu_str print);
/* kprobe.c: a probe is one by its fields, not by its name; false if this event is none. */
bool hu_probe_bind(struct hu_event_kind *kind, const struct hu_event_type *type);
void hu_probe_deinit(struct hu_vocabulary *v);
/* syscalls */
void hu_syscall_bind(struct hu_vocabulary *v, struct hu_event_kind *kind,
		     const struct hu_event_type *type);

#endif
