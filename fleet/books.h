/*
 * fleet/books.h - the books of a batch: which bundles are done, by this run or an earlier one, and
 * which of them count.
 *
 * What counts is a function of what was given: of several paths to the same content the one that
 * sorts first, whatever order they came in. Kept in memory are, per bundle, a hash and a place in
 * the journal, for earlier runs and for this one; everything else is read again from there.
 */
#ifndef HU_BOOKS_H
#define HU_BOOKS_H

#include "fleet/home.h"
#include "fleet/journal.h"
#include "fleet/record.h"

struct hu_books;

/* `tool` and `limits` as in a record: of this run. Both are borrowed for its life, like `home`. */
HU_MUST_CHECK struct hu_err *hu_books_open(struct hu_home *home, const char *tool,
					   const char *limits, struct hu_journal_found *found,
					   struct hu_books **ret);
void hu_books_close(struct hu_books *books); /* NULL is fine */
void hu_books_closep(struct hu_books **books);

enum hu_books_answer {
	HU_BOOKS_TO_DO, /* and from now on it is being done, in this slot */
	HU_BOOKS_DONE,	/* by an earlier run, and it counts as that left it */
	HU_BOOKS_TWIN,	/* it was given before, under a path that sorts before */
	HU_BOOKS_LATER, /* an earlier run did it under another path, which may still come: ask again
			   when all were asked (`late`) */
};
struct hu_books_claim {
	size_t slot;
	const char *content, *shown; /* as in a record */
	const char *name;	     /* the bundle's, for where its reports would be */
	bool late;
};
/* *other is what it is a twin of, or the record of the work that was done: until the next call. */
HU_MUST_CHECK struct hu_err *hu_books_ask(struct hu_books *books,
					  const struct hu_books_claim *claim,
					  enum hu_books_answer *ret, struct hu_record *other);

/*
 * Writes down what came of the bundle that was done in this slot, and before that moves its reports
 * to their place (record->folder): whoever finds the record finds them. It lasts after the next
 * sync.
 */
HU_MUST_CHECK struct hu_err *hu_books_add(struct hu_books *books, size_t slot,
					  const struct hu_record *record);
/* When the last record that may be lost in a power loss was written is over, or too many are. */
HU_MUST_CHECK struct hu_err *hu_books_sync(struct hu_books *books, bool only_if_due);

/* All that earlier runs did counts, too: for a drop folder, which others empty. */
HU_MUST_CHECK struct hu_err *hu_books_take_up(struct hu_books *books);

/*
 * The records that count, in the order of their content. Then reports are gone that belong to none
 * of them any more, because of a twin.
 */
typedef struct hu_err *hu_books_each(void *data, const struct hu_record *record);
HU_MUST_CHECK struct hu_err *hu_books_list(struct hu_books *books, hu_books_each *each, void *data);

/* "incident-0123456789abcdef": the reports of a bundle, below bundles/. free() it. */
char *hu_books_folder(const char *name, struct hu_str sha256);

#endif
