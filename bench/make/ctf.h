/* bench/make/ctf.h - an LTTng trace, taken apart. */
#ifndef BENCH_CTF_H
#define BENCH_CTF_H

#include "bench/make/make.h"

/* --- tsdl.c: the metadata, as LTTng writes it: one field a line, all of whole bytes --- */

struct ctf_field {
	struct hu_str name; /* without the underscore that LTTng puts before it */
	uint32_t size;	    /* of one element */
	uint32_t count;	    /* of elements; 0: as many as `length` says */
	size_t length;	    /* the index of that field */
	bool text;	    /* up to a NUL */
};
struct ctf_event {
	uint32_t id;
	struct hu_str name;
	struct ctf_field *fields;
	size_t count;
	bool odd; /* has what is not understood here */
};
struct ctf_meta {
	struct hu_out text;
	struct ctf_event *events;
	size_t count;
	bool compact; /* the head of events: 5 bits of id and 27 of time, not 16 and 32 */
};

struct hu_err *tsdl_read(struct ctf_meta *meta, struct hu_str bytes);
const struct ctf_event *tsdl_find(const struct ctf_meta *meta, uint32_t id);
void tsdl_deinit(struct ctf_meta *meta);

/* --- ctf_seed.c --- */

enum {
	PACKET_HEAD = 84,
	BEGINS_AT = 32,
	ENDS_AT = 40,
	CONTENT_AT = 48,
	SIZE_AT = 56,
	NUMBER_AT = 64
};

struct ctf_mark { /* of an event */
	uint64_t time;
	uint32_t packet, end; /* in it */
};
struct ctf_packet {
	const char *at;
	uint32_t size;
	size_t first_mark, first_patch, patches;
};
struct ctf_place { /* of a switch */
	const char *payload;
	size_t pid, comm, to_pid, to_comm, state, len;
	uint32_t id;
};
struct ctf_stream {
	char *name;
	struct hu_out bytes;
	struct ctf_packet *packets;
	size_t count;
	struct ctf_mark *marks;
	size_t events, cap, taken;
	struct patches patches;
	struct ctf_place first, last;
	struct hu_out bridge; /* a packet with one switch */
	struct patches before, behind;
	bool bridged;
};
struct ctf_seed {
	struct hu_out metadata;
	struct ctf_meta meta;
	struct ctf_stream *streams;
	size_t count;
	struct tasks tasks;
	uint64_t events, bridges, from, to;
};

struct hu_err *ctf_read(struct ctf_seed *seed, const char *folder);
void ctf_deinit(struct ctf_seed *seed);
struct hu_err *ctf_odd(const char *what);

#endif
