/*
 * ingest/ctf_view.h - a CTF trace as a library may see it: a folder of our own with the metadata as
 * checked text and links to the streams; of a damaged stream, a copy of its sound packets.
 */
#ifndef HU_CTF_VIEW_H
#define HU_CTF_VIEW_H

#include "ingest/ctf_packet.h"
#include "ingest/scratch.h"

struct hu_ctf_view {
	struct hu_scratch *scratch;
	char *trace, *alone; /* folders */
	char **name;	     /* of the streams, sorted */
	size_t names;
	bool ctf2;
	uint64_t bytes;		  /* of all streams of the capture */
	uint64_t total;		  /* of all its files */
	uint64_t bad;		  /* streams with damage */
	struct hu_ctf_flaw *flaw; /* of all of them */
	size_t flaws;
};

/* `meta` as hu_ctf_meta_open() left it. */
HU_MUST_CHECK struct hu_err *hu_ctf_view_open(const char *folder, const struct hu_ctf_meta *meta,
					      struct hu_ctf_view *ret);
void hu_ctf_view_close(struct hu_ctf_view *view); /* a zeroed one is fine */
/* Leaves this stream out. */
void hu_ctf_view_drop(struct hu_ctf_view *view, size_t stream);
/* A folder with the metadata and this one stream (none if there are not so many), until the next
 * call. */
HU_MUST_CHECK struct hu_err *hu_ctf_view_alone(struct hu_ctf_view *view, size_t stream,
					       const char **ret);

#endif
