/*
 * db/redact.h - takes what names a place, a person or a customer out of a finished store, and puts
 * stable pseudonyms there (docs/redact.md). Between settling and the analysis: whatever is made
 * from the store afterwards is made from the pseudonyms.
 */
#ifndef HU_REDACT_H
#define HU_REDACT_H

#include "db/base.h"
#include "db/text.h"

/*
 * `key` NULL: one that follows from the bundle's own hash, so that the same bundle gives the same
 * bytes; else the bytes of a secret, and the same name has the same pseudonym in all bundles that
 * were redacted with it. The file is replaced by a new one; where it fails the store is unusable
 * and says so.
 */
HU_MUST_CHECK struct hu_err *hu_redact_store(const char *path, const struct hu_str *key);

/* One word for people, from a key and a text: what stands for a bundle where there is no store. */
void hu_redact_word(const struct hu_str *key, const char *prefix, struct hu_str text,
		    struct hu_out *to);

#endif
