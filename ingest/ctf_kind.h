/* ingest/ctf_kind.h - event classes of a CTF trace, and the fields of records by index. */
#ifndef HU_CTF_KIND_H
#define HU_CTF_KIND_H

#include "ingest/vocabulary.h"

#include <babeltrace2/babeltrace.h>

enum hu_ctf_scope { HU_CTF_NOWHERE = 0, HU_CTF_PAYLOAD, HU_CTF_COMMON, HU_CTF_SPECIFIC };
enum hu_ctf_form {
	HU_CTF_OTHER = 0,
	HU_CTF_UNSIGNED,
	HU_CTF_SIGNED,
	HU_CTF_BOOLEAN,
	HU_CTF_TEXT,
	HU_CTF_ARRAY
};

struct hu_ctf_place { /* a field of the record */
	enum hu_ctf_scope scope;
	enum hu_ctf_form form;
	uint64_t index;
};

enum hu_ctf_role {
	HU_CTF_PLAIN = 0,
	HU_CTF_SWITCH, /* the next task has the CPU from here on */
	HU_CTF_HARDIRQ_IN,
	HU_CTF_HARDIRQ_OUT,
	HU_CTF_SOFTIRQ_IN,
	HU_CTF_SOFTIRQ_OUT,
	HU_CTF_SAMPLE, /* of perf, no tracepoint */
	HU_CTF_BYNAME  /* of a program: counted */
};

struct hu_ctf_kind {		     /* an event class */
	const bt_event_class *class; /* held */
	struct hu_event_kind *words;
	struct hu_ctf_place *field; /* of the payload: those that the vocabulary knows by index */
	enum hu_ctf_role role;
	struct hu_ctf_place tid, comm, chain, flags, next, period, ip, probed;
	uint32_t tracer_frames; /* LTTng's own on top of a stack, at most */
	hu_name name;
};

struct hu_ctf_kinds { /* zero it, then set what stands before `slot` */
	struct hu_sink *to;
	struct hu_vocabulary *words;
	bool is_user, is_perf, old_states;
	struct hu_ctf_kind **slot; /* by event class */
	size_t count, room;
};

struct hu_ctf_kind *hu_ctf_kind_of(struct hu_ctf_kinds *kinds, const bt_event *event);
void hu_ctf_kinds_deinit(struct hu_ctf_kinds *kinds);

/* For views of records: type is the kind, record.at the payload. */
extern const struct hu_event_access hu_ctf_access;

bool hu_ctf_number_at(const bt_event *event, struct hu_ctf_place place, uint64_t *ret);
int32_t hu_ctf_i32_at(const bt_event *event, struct hu_ctf_place place, int32_t otherwise);
struct hu_str hu_ctf_text_at(const bt_event *event, struct hu_ctf_place place);
/* Addresses of the kernel's functions, leaf first. */
size_t hu_ctf_frames(const bt_event *event, struct hu_ctf_place place, uint64_t *frame,
		     size_t room);

#endif
