/* fleet/card_parts.h - for the files that write a card: its lengths, and the parts of its body. */
#ifndef HU_CARD_PARTS_H
#define HU_CARD_PARTS_H

#include "fleet/line.h"
#include "report/compose.h"

enum {
	SHORT = 96,  /* names */
	WORDS = 320, /* signatures, paths */
	LONG = 1000, /* sentences */
};

struct hu_str hu_card_none(void);
/* Empty is not known. */
struct hu_str hu_card_known(struct hu_str s);

/* card_host.c */
void hu_card_host(struct hu_line *l, const struct hu_page *page);
void hu_card_tags(struct hu_line *l, const struct hu_page *page);
void hu_card_sources(struct hu_line *l, const struct hu_page *page);

#endif
