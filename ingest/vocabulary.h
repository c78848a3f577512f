/*
 * ingest/vocabulary.h - kernel tracepoints and probes to the words of db/words.h, by one table for
 * every format that carries them: trace.dat, raw pages, perf.data, CTF, text.
 *
 * A reader describes each event type once (name and fields), and then hands over records. How a
 * field is fetched out of a record is the reader's business: hu_event_access. The vocabulary keeps
 * what has to be remembered between records, whatever the format: names of tasks, probes that have
 * been entered and not left, addresses already resolved.
 */
#ifndef HU_VOCABULARY_H
#define HU_VOCABULARY_H

#include "db/sink.h"

struct hu_vocabulary;
struct hu_event_kind; /* one event type of one source */

enum hu_field_kind { HU_FIELD_NUMBER = 1, HU_FIELD_TEXT, HU_FIELD_OTHER };

struct hu_field { /* of an event type; records name it by its index */
	struct hu_str name;
	uint32_t kind;	/* enum hu_field_kind */
	uint32_t bytes; /* of a number; 0: not known (a text capture) */
};

struct hu_event_type {
	struct hu_str system; /* "sched", "kprobes"; empty: not known */
	struct hu_str name;   /* "sched_switch" */
	const struct hu_field *field;
	size_t fields;
	struct hu_str
		print; /* its print format, if there is one: tells two meanings of a number apart */
};

struct hu_event_view;

struct hu_event_access {
	/* A number, sign-extended; false if this record has no such field. */
	bool (*number)(const struct hu_event_view *view, int field, uint64_t *ret);
	/* Text, without its NUL; valid for this record. Empty if there is none. */
	struct hu_str (*text)(const struct hu_event_view *view, int field);
};

struct hu_event_view { /* one record */
	const struct hu_event_access *by;
	const void *type;     /* the reader's own description of the event */
	struct hu_str record; /* the reader's own form of the record */
	struct hu_where at;   /* ts, pos, cpu, tid, stack, context */
};

/* Functions by address: from the capture's own kallsyms. */
struct hu_resolver {
	/* "down_write" in module "" at offset 5; false if nothing is there. */
	bool (*find)(void *with, uint64_t address, struct hu_str *name, struct hu_str *module,
		     uint64_t *offset);
	void *with;
	bool nothing;	    /* nobody has a list of symbols: perf probe's names may stand in */
	uint32_t long_size; /* of the kernel: 4 or 8 */
	bool x86_64;	    /* numbers of system calls are those of x86-64 */
};

struct hu_vocabulary *hu_vocabulary_create(struct hu_sink *to, const struct hu_resolver *resolver);
void hu_vocabulary_destroy(struct hu_vocabulary *v); /* NULL is fine */

/* Describes an event type; what it points to is not kept. Valid until destroy. */
struct hu_event_kind *hu_vocabulary_add(struct hu_vocabulary *v, const struct hu_event_type *type);
/* Records of this kind become rows: its stack is worth decoding. */
bool hu_vocabulary_uses(const struct hu_event_kind *kind);
/* One record, in time order. view->at.context is decided by the reader. */
void hu_vocabulary_see(struct hu_vocabulary *v, struct hu_event_kind *kind,
		       struct hu_event_view *view);
/* A record that is only to be counted. */
void hu_vocabulary_count(struct hu_event_kind *kind);
/* A record that the reader made a row of by itself. */
void hu_vocabulary_took(struct hu_event_kind *kind);
/* A record says what its task is called: a row if that is its first name, or another one. */
void hu_vocabulary_comm(struct hu_vocabulary *v, const struct hu_where *at, int32_t tid,
			struct hu_str comm);

/* A kernel stack, leaf first, without the frames of the tracing machinery on top of it. */
hu_stack hu_vocabulary_stack(struct hu_vocabulary *v, const uint64_t *address, size_t count);
/* A function that the tracer itself puts on top of a stack. */
bool hu_vocabulary_is_machinery(struct hu_str function);
/* Something was lost: whatever was entered and not left is forgotten. */
void hu_vocabulary_gap(struct hu_vocabulary *v);
/* The capture's list of names ("saved_cmdlines"): true at some time nobody knows. */
void hu_vocabulary_name(struct hu_vocabulary *v, int32_t tid, struct hu_str comm);
/* Puts what only the end knows: event counts, names that no record had. */
void hu_vocabulary_finish(struct hu_vocabulary *v);

/* "umount" for "umount2": one name for a system call, whatever spells it. */
struct hu_str hu_syscall_plain_name(struct hu_str name);

#endif
