/*
 * fleet/journal.h - what a run has finished, so that a killed one goes on where it was.
 *
 * A file that only grows: one record after another, each with its length and a checksum over its
 * place and its bytes. It is text: a line "length checksum payload", so that grep and tail read it.
 * Whatever a power loss leaves at the end is cut off when the file is opened; a damaged record in
 * the middle is stepped over. Both are told to the caller, who says so.
 *
 * Shaped for a million records of a few KB: read once from front to back, then appended to, and
 * read again at known places. One process writes it; who keeps others out is fleet/home.h.
 */
#ifndef HU_JOURNAL_H
#define HU_JOURNAL_H

#include "db/base.h"
#include "db/text.h"

struct hu_journal;

/* The longest payload that a record may have: a card and what stands before it. */
enum { HU_JOURNAL_MAX = 512 * 1024 };

struct hu_journal_found {
	int64_t records;
	int64_t damaged; /* records stepped over, or what lay in their place */
	int64_t cut;	 /* bytes of a torn tail, taken off */
};

/* A sound record; `at` is what hu_journal_read() takes. `payload` is borrowed for the call. */
typedef void hu_journal_each(void *data, int64_t at, struct hu_str payload);

/* Opens or makes the file and gives all its records in order. A file of another form is refused. */
HU_MUST_CHECK struct hu_err *hu_journal_open(const char *path, hu_journal_each *each, void *data,
					     struct hu_journal_found *found,
					     struct hu_journal **ret);
/* Appends a record; *at is its place. It holds no newline and lasts only after the next sync. */
HU_MUST_CHECK struct hu_err *hu_journal_add(struct hu_journal *journal, struct hu_str payload,
					    int64_t *at);
HU_MUST_CHECK struct hu_err *hu_journal_sync(struct hu_journal *journal);
/* Replaces *ret with the payload of the record at this place. */
HU_MUST_CHECK struct hu_err *hu_journal_read(struct hu_journal *journal, int64_t at,
					     struct hu_out *ret);
void hu_journal_close(struct hu_journal *journal); /* NULL is fine */
void hu_journal_closep(struct hu_journal **journal);

#endif
