/*
 * db/redact.h - takes what names a place, a person or a customer out of a finished store, and puts
 * stable pseudonyms there (docs/redact.md). Between settling and the analysis: whatever is made
 * from the store afterwards is made from the pseudonyms.
 */
#ifndef HU_REDACT_H
#define HU_REDACT_H

#include "db/base.h"

/*
 * `key` NULL: one that follows from the bundle's own hash, so that the same bundle gives the same
 * bytes; else the bytes of a secret, and the same name has the same pseudonym in all bundles that
 * were redacted with it. The file is replaced by a new one; where it fails the store is unusable
 * and says so.
 */
HU_MUST_CHECK struct hu_err *hu_redact_store(const char *path, const struct hu_str *key);

/*
 * What such a store says of a bundle, of its hash, and of a sentence, where there is no store: the
 * journal of a batch. NULL: nothing is redacted. free() what they return.
 */
char *hu_redact_name(const struct hu_str *key, const char *prefix, const char *name);
void hu_redact_digest(const struct hu_str *key, char hash[65]); /* in place; "" stays */
char *hu_redact_sentence(const struct hu_str *key, const char *sentence);

#endif
