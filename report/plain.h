/* report/plain.h - what the files of the form for mails share: text without markup, folded. */
#ifndef HU_PLAIN_H
#define HU_PLAIN_H

#include "report/draw.h"

enum { HU_PLAIN_WIDTH = 75 };

/* Harmless text, our own punctuation in ASCII. */
void hu_plain_ascii(struct hu_out *to, struct hu_str safe);
/* The same of a stranger's text; and of one in which `…` is code. */
void hu_plain_safe(struct hu_out *to, struct hu_str s);
void hu_plain_rich(struct hu_out *to, struct hu_str s);
/* Folds harmless text; the first line goes on where the cursor stands. Ends with a line end. */
void hu_plain_fold(struct hu_out *to, struct hu_str safe, size_t indent);
/* The same of a text in which `…` is code. */
void hu_plain_say(struct hu_out *to, struct hu_str s, size_t indent);

void hu_plain_table(struct hu_out *to, const struct hu_table *table);

#endif
