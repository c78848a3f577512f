/* db/reading_line.h - where hu_str_line() was last. */
#ifndef HU_READING_LINE_H
#define HU_READING_LINE_H

#include <stdatomic.h>

extern _Atomic(const char *) hu_reading_line;

#endif
