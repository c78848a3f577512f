/*
 * /proc/kallsyms: 100,000 to 300,000 lines "address letter name [module]", the largest text of most
 * bundles. One walk over the mapped file, no copies, one put per line.
 */
#include "ingest/mapped.h"
#include "ingest/reader.h"
#include "ingest/symtab.h"
#include "ingest/tell.h"
#include "db/text.h"

#include <string.h>

/* Fewer are an excerpt that somebody grepped; hostfacts.c reads those. */
enum { PROBE_LINES = 8 };

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

struct symbol {
	uint64_t address;
	char letter;
	struct hu_str name;
	bool module;
};

/*
 * kernel/kallsyms.c, s_show(): "%px %c %s\n" and "%px %c %s\t[%s]\n". The letter does not tell code
 * from data on every kernel, so it is kept and not judged.
 */
static bool parse(const char *at, size_t len, struct symbol *ret)
{
	uint64_t address = 0;
	size_t i = 0;

	for (int digit; i < len && (digit = hex(at[i])) >= 0; i++)
		address = address << 4 | (unsigned)digit;
	if ((i != 16 && i != 8) || i + 4 > len || at[i] != ' ' || at[i + 2] != ' ')
		return false;
	char letter = at[i + 1];
	if (!((letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
	      letter == '?' || letter == '-'))
		return false;
	const char *name = at + i + 3, *end = at + len;
	const char *tab = memchr(name, '\t', (size_t)(end - name));
	if (tab && (end - tab < 4 || tab[1] != '[' || end[-1] != ']'))
		return false;
	size_t name_len = (size_t)((tab ? tab : end) - name);
	if (!name_len || name_len > 512)
		return false;
	for (size_t k = 0; k < name_len; k++)
		if (name[k] <= ' ' || name[k] > '~')
			return false;
	*ret = (struct symbol){address, letter, {name, name_len}, tab != NULL};
	return true;
}

static struct hu_err *kallsyms_read(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_err *err = hu_mapped_open(path, &file);

	if (err)
		return err;
	const char *at = file.text.at, *end = at + file.text.len;
	uint64_t pos = 0, lines = 0, modules = 0, damaged = 0, first_damage = 0, last = 0;
	bool cut = false;
	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((eol ? eol : end) - at);
		struct symbol symbol;
		pos++;
		if (len && at[len - 1] == '\r')
			len--;
		if (!eol) { /* the name may be half of one: a wrong "symbol present" is worse */
			cut = true;
			break;
		}
		if (parse(at, len, &symbol)) {
			hu_put_symbol(to, symbol.address, symbol.letter, symbol.name);
			lines++;
			last = symbol.address;
			modules += symbol.module;
		} else if (len) {
			hu_tell_count(&damaged, &first_damage, pos);
		}
		at = eol + 1;
	}
	hu_tell_strange(to, damaged, first_damage, "lines that are no symbols");
	/* Of the last symbol that is whole only its first byte is known to be its own. */
	if (cut && last && last < UINT64_MAX)
		hu_put_symbol(to, last + 1, HU_SYMBOL_CUT, hu_str("cut-here"));
	if (cut)
		hu_put_loss(to,
			    &(struct hu_gap){HU_OPEN, HU_OPEN, 1, HU_NONE, HU_LOSS_TRUNCATED, pos},
			    "the file ends inside line %llu", (unsigned long long)pos);
	/* Whether the list is whole it does not say: 422 lines are an excerpt, 30,000 can be all.
	 */
	struct hu_out text HU_CLEANUP(hu_out_deinit) = {0};
	hu_out_printf(&text, "%llu", (unsigned long long)lines);
	hu_put_fact(to, "kallsyms.lines", hu_out_view(&text));
	hu_out_clear(&text);
	hu_out_printf(&text, "%llu", (unsigned long long)modules);
	hu_put_fact(to, "kallsyms.module_symbols", hu_out_view(&text));
	hu_put_totals(to, lines, file.text.len);
	struct hu_symtab *table = hu_symtab_create(file.text, NULL);
	if (hu_symtab_filtered(table)) {
		const struct hu_gap gap = {.from = HU_OPEN,
					   .to = HU_OPEN,
					   .count = HU_NONE,
					   .cpu = HU_NONE,
					   .kind = HU_LOSS_MISSING};
		hu_put_loss(
			to, &gap,
			"a filtered list: its functions lie so far apart that most are missing, so "
			"no address in code is named by it");
	}
	hu_symtab_destroy(table);
	return lines ? NULL : hu_err(HU_ERR_BAD_INPUT, "holds no symbol");
}

static enum hu_match kallsyms_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line;
	unsigned good = 0, bad = 0;

	if (in->is_dir)
		return HU_MATCH_NO;
	while (rest.len && memchr(rest.at, '\n', rest.len) && hu_str_line(&rest, &line)) {
		struct symbol symbol;
		if (parse(line.at, line.len, &symbol))
			good++;
		else
			bad++;
	}
	return good >= PROBE_LINES && bad * 8 <= good ? HU_MATCH_LIKELY : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_kallsyms = {
	.name = "kallsyms",
	.reads = "/proc/kallsyms",
	.clock = HU_CLOCK_NONE,
	.probe = kallsyms_probe,
	.read = kallsyms_read,
};
