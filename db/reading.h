/*
 * db/reading.h - how far the reader of this process is in its file, for whoever shows progress.
 *
 * Text readers tell it without knowing: hu_str_line() notes where it is. Others say it at their
 * pages. It is a guess for people: nothing that is stored or reported depends on it.
 */
#ifndef HU_READING_H
#define HU_READING_H

#include <stddef.h>
#include <stdint.h>

enum { HU_READING_WHOLE = 10000 };

void hu_reading_begin(void);			  /* the next file; nothing is known of it */
void hu_reading_file(const char *at, size_t len); /* it is mapped there */
void hu_reading_more(uint64_t bytes);		  /* so many more are behind the reader */
void hu_reading_at(uint64_t offset);		  /* the reader is there */
unsigned hu_reading_share(void);		  /* of HU_READING_WHOLE; 0: not known */

#endif
