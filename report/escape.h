/*
 * report/escape.h - text of strangers, made harmless for one kind of output each. Task names, lock
 * names and log lines come from machines that we know nothing of: they may hold markup, terminal
 * sequences, marks that turn the reading direction, line ends, NULs and bytes that are no UTF-8.
 * What would act is shown as what it is: "\x1b", "\u202e"; bytes that are no UTF-8 become U+FFFD.
 */
#ifndef HU_ESCAPE_H
#define HU_ESCAPE_H

#include "db/text.h"

/* HTML text and double-quoted attribute values. */
void hu_escape_html(struct hu_out *to, struct hu_str s);
/* HTML text in which `…` is code. */
void hu_escape_html_rich(struct hu_out *to, struct hu_str s);

/* Markdown text of one line in which `…` is code. */
void hu_escape_markdown(struct hu_out *to, struct hu_str s, bool in_table);
/* A Markdown code span with as many backticks as it needs. */
void hu_escape_markdown_code(struct hu_out *to, struct hu_str s, bool in_table);
/* A fenced Markdown block; the fence is longer than any run of backticks inside. */
void hu_escape_markdown_block(struct hu_out *to, struct hu_str s);

/* A JSON string with its quotes. No information is lost but for bytes that are no UTF-8. */
void hu_escape_json(struct hu_out *to, struct hu_str s);

/* Terminals and alt texts: one line without control characters. */
void hu_escape_plain(struct hu_out *to, struct hu_str s);
/* Takes one character off *s, which is not empty; U+FFFD for a byte that is no UTF-8. */
uint32_t hu_escape_take(struct hu_str *s);

/* width.c: columns that harmless text takes on a terminal, wide characters and marks counted. */
size_t hu_escape_width(uint32_t c);
size_t hu_escape_columns(struct hu_str s);
/* The longest beginning that takes at most so many columns. */
struct hu_str hu_escape_fit(struct hu_str s, size_t columns);

/*
 * Takes a line of at most `room` columns off *rest, at a blank if there is one that does not stand
 * between a number and its unit. A word that is longer than the line: broken, or with `whole` left
 * as it is, because somebody will copy it.
 */
struct hu_str hu_escape_line(struct hu_str *rest, size_t room, bool whole);

/* At most `bytes` of s, cut between characters; *cut (NULL: nobody asks) says whether it was.
 */
struct hu_str hu_escape_cut(struct hu_str s, size_t bytes, bool *cut);

#endif
