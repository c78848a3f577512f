/* db/redact_parts.h - what the files of the redaction share. Private to db/redact*.c and tests. */
#ifndef HU_REDACT_PARTS_H
#define HU_REDACT_PARTS_H

#include "db/interner.h"
#include "db/redact.h"
#include "db/sha256.h"
#include "db/text.h"

struct hu_redactor {
	struct hu_sha256 inner, outer; /* HMAC-SHA256 behind the key's block */
	int64_t shift;		       /* of addresses in the kernel's half; negative */
	struct hu_texts words;	       /* no names: db/redact_words.txt */
	struct hu_texts tasks;	       /* db/redact_tasks.txt */
	struct hu_texts functions;     /* of the kernel: kallsyms, and what stacks show */
	/* Texts that are names, and what stands for them; `weak` ones are words as well, and are
	 * names only where the kernel says that a task follows. */
	struct hu_texts secrets, weak;
	char **for_secret, **for_weak; /* by id - 1 */
	struct hu_texts starts;	       /* the first words of secrets */
};

void hu_redactor_init(struct hu_redactor *r, bool own, struct hu_str key);
void hu_redactor_deinit(struct hu_redactor *r);
/* Is it there? The id, or 0. */
uint32_t hu_redact_find(struct hu_texts *in, struct hu_str text);
/* How many bytes of `s`, which is not empty, are its first word. */
size_t hu_redact_first_word(struct hu_str s);
/* From now on this text is replaced wherever it stands on its own. `with` is copied. */
void hu_redact_secret(struct hu_redactor *r, struct hu_str text, const char *with);
/* The same, also where it is a word. */
void hu_redact_host_name(struct hu_redactor *r, struct hu_str text, const char *with);

/* prefix-3f2a91c0 */
void hu_redact_pseudonym(const struct hu_redactor *r, const char *prefix, struct hu_str text,
			 struct hu_out *to);
/* 64 hex digits for others. */
void hu_redact_hash(const struct hu_redactor *r, struct hu_str text, struct hu_out *to);

/* redact_names.c: texts of one kind. */
bool hu_redact_task_stays(struct hu_redactor *r, struct hu_str comm);
void hu_redact_task(struct hu_redactor *r, struct hu_str comm, struct hu_out *to);
void hu_redact_host(struct hu_redactor *r, struct hu_str host, struct hu_out *to);
void hu_redact_release(struct hu_redactor *r, struct hu_str release, struct hu_out *to);
void hu_redact_symbol(struct hu_redactor *r, struct hu_str symbol, bool user, struct hu_out *to);
void hu_redact_lock(struct hu_redactor *r, struct hu_str name, struct hu_out *to);
void hu_redact_series(struct hu_redactor *r, struct hu_str series, struct hu_out *to);
void hu_redact_event(struct hu_redactor *r, struct hu_str event, struct hu_out *to);
void hu_redact_option(struct hu_redactor *r, struct hu_str option, struct hu_out *to);

/* redact_path.c */
void hu_redact_path(struct hu_redactor *r, struct hu_str path, struct hu_out *to);
void hu_redact_member(struct hu_redactor *r, struct hu_str path, struct hu_out *to);

/* redact_token.c: what a run of characters without blanks is. */
enum hu_token {
	HU_TOKEN_OTHER,
	HU_TOKEN_PLAIN, /* a number, a time, a frame: it stays */
	HU_TOKEN_IP,
	HU_TOKEN_MAC,
	HU_TOKEN_UUID,
	HU_TOKEN_ID,	  /* long hex, pairs of hex */
	HU_TOKEN_ADDRESS, /* in the kernel's half */
};
enum hu_token hu_redact_token(struct hu_str s, uint64_t *address);
static inline bool hu_redact_wordly(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}
bool hu_redact_is_pseudonym(struct hu_str s); /* task-3f2a91c0 */
bool hu_redact_identifier(struct hu_str s);
bool hu_redact_digits(struct hu_str s);
bool hu_redact_device(struct hu_str s); /* sda1, nvme0n1, dm-3, eth0: the kernel's own names */

/* redact_text.c: texts of many words. */
bool hu_redact_word_stays(struct hu_redactor *r, struct hu_str word);
bool hu_redact_compound_stays(struct hu_redactor *r, struct hu_str word);
void hu_redact_run(struct hu_redactor *r, struct hu_str run, struct hu_out *to);
void hu_redact_text(struct hu_redactor *r, struct hu_str text, struct hu_out *to);
void hu_redact_detail(struct hu_redactor *r, struct hu_str text, struct hu_out *to);
/* Learns the names of tasks that a line of the kernel log has. */
void hu_redact_learn(struct hu_redactor *r, struct hu_str line);

#endif
