/* tests/score_table.h - marks gathered and counted: for the terminal, and as docs/accuracy.md. */
#ifndef HU_TEST_SCORE_TABLE_H
#define HU_TEST_SCORE_TABLE_H

#include "tests/score.h"

struct hu_table;

struct hu_table *hu_table_new(void);
void hu_table_free(struct hu_table *table);
/* In the order in which they are to be told. `form` NULL: the whole bundle. `score` is borrowed. */
void hu_table_add(struct hu_table *table, const char *bundle, const cJSON *score, const char *form,
		  enum hu_mark mark, const char *why);
size_t hu_table_marked(const struct hu_table *table, enum hu_mark mark);
void hu_table_print(const struct hu_table *table, struct hu_out *to);
void hu_table_document(const struct hu_table *table, const char *date, struct hu_out *to);

#endif
