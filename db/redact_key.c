/* The key of a redaction, its pseudonyms, and the sets of words that it looks into. */
#include "db/redact_parts.h"
#include "db/embedded.h"

#include <stdlib.h>
#include <string.h>

/* 32 bits: of 1,000 names two get the same pseudonym in one bundle of 8,600. */
enum { DIGITS = 8, BLOCK = 64, DIGEST = 32 };

static void to_bytes(const char hex[HU_SHA256_TEXT], unsigned char ret[DIGEST])
{
	for (size_t i = 0; i < DIGEST; i++) {
		char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};
		ret[i] = (unsigned char)strtoul(pair, NULL, 16);
	}
}

/* FIPS 198-1; the key is a digest, and so shorter than a block. */
static void set_key(struct hu_redactor *r, bool own, struct hu_str key)
{
	static const char tag[2][20] = {"holdup redact 1 b\n", "holdup redact 1 k\n"};
	unsigned char digest[DIGEST], pad[BLOCK];
	char hex[HU_SHA256_TEXT];
	struct hu_sha256 sha;

	hu_sha256_init(&sha);
	hu_sha256_add(&sha, tag[own], strlen(tag[own]));
	hu_sha256_add(&sha, key.at, key.len);
	hu_sha256_finish(&sha, hex);
	to_bytes(hex, digest);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] = (unsigned char)((i < DIGEST ? digest[i] : 0) ^ 0x36);
	hu_sha256_init(&r->inner);
	hu_sha256_add(&r->inner, pad, BLOCK);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	hu_sha256_init(&r->outer);
	hu_sha256_add(&r->outer, pad, BLOCK);
}

static void hmac(const struct hu_redactor *r, struct hu_str text, char ret[HU_SHA256_TEXT])
{
	struct hu_sha256 inner = r->inner, outer = r->outer;
	unsigned char digest[DIGEST];

	hu_sha256_add(&inner, text.at, text.len);
	hu_sha256_finish(&inner, ret);
	to_bytes(ret, digest);
	hu_sha256_add(&outer, digest, DIGEST);
	hu_sha256_finish(&outer, ret);
}

void hu_redact_pseudonym(const struct hu_redactor *r, const char *prefix, struct hu_str text,
			 struct hu_out *to)
{
	char hex[HU_SHA256_TEXT];

	hmac(r, text, hex);
	hu_out_puts(to, prefix);
	hu_out_putc(to, '-');
	hu_out_bytes(to, hex, DIGITS);
}

void hu_redact_hash(const struct hu_redactor *r, struct hu_str text, struct hu_out *to)
{
	char hex[HU_SHA256_TEXT];

	hmac(r, text, hex);
	hu_out_puts(to, hex);
}

/* The words of an embedded list, whose lines may be comments. */
static void read_list(struct hu_texts *to, const unsigned char *list)
{
	struct hu_str rest = hu_str((const char *)list), line, word;
	bool fresh;

	while (hu_str_line(&rest, &line)) {
		if (hu_str_starts(line, "#"))
			continue;
		while ((word = hu_str_word(&line)).len)
			hu_texts_add(to, word, &fresh);
	}
}

void hu_redactor_init(struct hu_redactor *r, bool own, struct hu_str key)
{
	static const int64_t step = 2 << 20; /* what KASLR moves by: low bits stay */
	char hex[HU_SHA256_TEXT];

	*r = (struct hu_redactor){0};
	set_key(r, own, key);
	hmac(r, hu_str("by how much addresses are moved"), hex);
	hex[5] = 0;
	r->shift = -step * (1 + (int64_t)strtoul(hex, NULL, 16));
	read_list(&r->words, hu_redact_words);
	read_list(&r->tasks, hu_redact_tasks);
}

static void free_all(char **at, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		free(at[i]);
	free(at);
}

void hu_redactor_deinit(struct hu_redactor *r)
{
	free_all(r->for_secret, r->secrets.count);
	free_all(r->for_weak, r->weak.count);
	hu_texts_deinit(&r->words);
	hu_texts_deinit(&r->tasks);
	hu_texts_deinit(&r->functions);
	hu_texts_deinit(&r->secrets);
	hu_texts_deinit(&r->weak);
	hu_texts_deinit(&r->starts);
}

struct wanted {
	const struct hu_texts *in;
	struct hu_str text;
};

static bool is_wanted(const void *ctx, uint32_t id)
{
	const struct wanted *w = ctx;

	return hu_str_eq(hu_texts_get(w->in, id), w->text);
}

uint32_t hu_redact_find(struct hu_texts *in, struct hu_str text)
{
	const struct wanted w = {in, text};

	if (!in->count || !text.len)
		return 0;
	return *hu_table_slot(&in->table, hu_hash(text.at, text.len), is_wanted, &w);
}

static void keep(struct hu_texts *set, char ***with, struct hu_str text, const char *pseudonym)
{
	bool fresh;
	uint32_t id = hu_texts_add(set, text, &fresh);

	if (!fresh)
		return;
	*with = hu_realloc(*with, id * sizeof(**with));
	(*with)[id - 1] = hu_strdup(hu_str(pseudonym));
}

size_t hu_redact_first_word(struct hu_str s)
{
	size_t n = 0;

	while (n < s.len && hu_redact_wordly(s.at[n]))
		n++;
	return n ? n : 1;
}

void hu_redact_host_name(struct hu_redactor *r, struct hu_str text, const char *with)
{
	bool fresh;

	keep(&r->secrets, &r->for_secret, text, with);
	hu_texts_add(&r->starts, (struct hu_str){text.at, hu_redact_first_word(text)}, &fresh);
}

void hu_redact_secret(struct hu_redactor *r, struct hu_str text, const char *with)
{
	if (text.len < 3 || hu_redact_compound_stays(r, text)) {
		if (text.len)
			keep(&r->weak, &r->for_weak, text, with);
		return;
	}
	hu_redact_host_name(r, text, with);
}

char *hu_redact_name(const struct hu_str *key, const char *prefix, const char *name)
{
	struct hu_redactor r = {0};
	struct hu_out to = {0};

	if (!key)
		return hu_strdup(hu_str(name));
	set_key(&r, true, *key);
	hu_redact_pseudonym(&r, prefix, hu_str(name), &to);
	return to.at;
}

void hu_redact_digest(const struct hu_str *key, char hash[65])
{
	struct hu_redactor r = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out to = {0};

	if (!key || !*hash)
		return;
	set_key(&r, true, *key);
	hu_redact_hash(&r, hu_str(hash), &to);
	memcpy(hash, to.at, HU_SHA256_TEXT);
}

char *hu_redact_sentence(const struct hu_str *key, const char *sentence)
{
	HU_CLEANUP(hu_redactor_deinit) struct hu_redactor r = {0};
	struct hu_out to = {0};

	if (!key)
		return hu_strdup(hu_str(sentence));
	hu_redactor_init(&r, true, *key);
	hu_redact_text(&r, hu_str(sentence), &to);
	return to.at ? to.at : hu_strdup(hu_str(""));
}
