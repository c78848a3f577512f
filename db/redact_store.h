/* db/redact_store.h - the parts of the pass over a store. Private to db/redact*.c. */
#ifndef HU_REDACT_STORE_H
#define HU_REDACT_STORE_H

#include "db/redact_parts.h"
#include "db/store.h"

/* redact_rows.c: texts by the columns that refer to them. */
bool hu_redact_names_know(const char *table, const char *column);
HU_MUST_CHECK struct hu_err *hu_redact_names(struct hu_store *store, struct hu_redactor *r);

/* redact_columns.c: texts that stand in their tables; addresses; kallsyms, which is also where the
 * kernel's functions are learnt. */
HU_MUST_CHECK struct hu_err *hu_redact_symbols(struct hu_store *store, struct hu_redactor *r);
HU_MUST_CHECK struct hu_err *hu_redact_columns(struct hu_store *store, struct hu_redactor *r);
HU_MUST_CHECK struct hu_err *hu_redact_addresses(struct hu_store *store, struct hu_redactor *r);

#endif
