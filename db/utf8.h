/* db/utf8.h - is it UTF-8? For everything that shows bytes of a capture to somebody. */
#ifndef HU_UTF8_H
#define HU_UTF8_H

#include "db/base.h"

/* Bytes of the well-formed character at the front of s (not empty), or 0 if there is none. */
size_t hu_utf8_len(struct hu_str s);
/* Is it one of those that a terminal obeys: C0, DEL, C1? For a character that is well formed. */
bool hu_utf8_control(struct hu_str character);

#endif
