/*
 * One entry against the facts of one incident. Each predicate ends as matched, refuted (the fact is
 * there and says otherwise) or untested (no such fact). An entry is a candidate if its kind of
 * incident fits, its lock or a stack of it was recognised, everything that it needs matched, and
 * nothing that decides was refuted. A few dozen facts, some hundred entries: plain loops.
 */
#include "analyzers/knownlib.h"

#include <stdlib.h>
#include <string.h>

enum kind { WORD, GLOB, PART, STACK };

static const struct predicate {
	const char *name, *label;
	const char *keys[2];
	enum kind kind;
	bool decides; /* for every entry: a fact that says otherwise rules the entry out */
	bool anchor;  /* recognises the lock or place that the incident is about */
} predicates[] = {
	{"code", "kind of incident", {"code", NULL}, WORD, true, false},
	{"lock", "lock", {"lock", NULL}, GLOB, true, true},
	{"lock.type", "type of the lock", {"lock.type", NULL}, WORD, true, false},
	{"wanted", "wanted for", {"wanted", NULL}, WORD, true, false},
	{"held", "held for", {"held", NULL}, WORD, true, false},
	{"waiter", "waiter's stack", {"waiter.stack", NULL}, STACK, false, true},
	{"stack", "stack", {"holder.stack", "waiter.stack"}, STACK, false, true},
	{"holder", "holder's stack", {"holder.stack", NULL}, STACK, false, false},
	{"role", "holder is", {"holder.role", NULL}, WORD, false, false},
	{"doing", "holder was in", {"holder.doing", NULL}, GLOB, false, false},
	{"operation", "operation", {"operation", NULL}, WORD, false, false},
	{"dmesg", "kernel log", {"dmesg", NULL}, PART, false, false},
};
enum { PREDICATES = sizeof(predicates) / sizeof(predicates[0]) };

void hu_known_hit_line(struct hu_known_hit *hit, enum hu_tested how, struct hu_str text)
{
	hit->lines = hu_realloc(hit->lines, (hit->count + 1) * sizeof(*hit->lines));
	hit->lines[hit->count++] = (struct hu_known_line){how, hu_strdup(text)};
}

void hu_known_hit_deinit(struct hu_known_hit *hit)
{
	for (size_t i = 0; i < hit->count; i++)
		free(hit->lines[i].text);
	free(hit->lines);
	hu_out_deinit(&hit->decided);
	*hit = (struct hu_known_hit){0};
}

static bool is_key(const struct predicate *p, const char *key)
{
	return !strcmp(key, p->keys[0]) || (p->keys[1] && !strcmp(key, p->keys[1]));
}

static size_t literal(const char *pattern)
{
	size_t n = 0;

	for (; *pattern; pattern++)
		n += *pattern != '*';
	return n;
}

static bool word_fits(enum kind kind, const char *want, struct hu_str value)
{
	switch (kind) {
	case WORD:
		/* "mount, umount" names two operations. */
		while (value.len)
			if (hu_str_is(hu_str_trim(hu_str_split(&value, ',')), want))
				return true;
		return false;
	case GLOB:
		return hu_known_glob(want, strlen(want), value);
	default:
		return hu_str_find(value, want) >= 0;
	}
}

/* What one predicate found: the value or frames that matched, and how narrow the pattern was. */
struct found {
	enum hu_tested how;
	size_t weight;
	struct hu_out text;
};

static void test_stack(const struct hu_known_lib *lib, const cJSON *patterns, const char *stack,
		       struct found *f)
{

	for (const cJSON *pattern = hu_known_first(patterns); pattern; pattern = pattern->next) {
		HU_CLEANUP(hu_out_deinit) struct hu_out used = {0};
		size_t weight = (size_t)cJSON_GetArraySize(pattern);
		if ((f->how == HU_MATCHED && weight <= f->weight) ||
		    !hu_known_stack(lib, pattern, stack, &used))
			continue;
		f->how = HU_MATCHED;
		f->weight = weight;
		hu_out_clear(&f->text);
		hu_out_str(&f->text, hu_out_view(&used));
	}
}

static void test_words(enum kind kind, const cJSON *words, const char *value, struct found *f)
{

	for (const cJSON *word = hu_known_first(words); word; word = word->next) {
		size_t weight = kind == GLOB && literal(word->valuestring) < strlen(value) ? 1 : 2;
		if (!word_fits(kind, word->valuestring, hu_str(value)) ||
		    (f->how == HU_MATCHED && weight <= f->weight))
			continue;
		f->how = HU_MATCHED;
		f->weight = weight;
		hu_out_clear(&f->text);
		hu_out_puts(&f->text, kind == PART ? word->valuestring : value);
	}
}

/* Says what was expected, for a predicate that found nothing: the first few alternatives. */
static void expected(const struct hu_known_lib *lib, const struct predicate *p,
		     const cJSON *patterns, struct hu_out *to)
{
	int n = 0;

	for (const cJSON *item = hu_known_first(patterns); item; item = item->next) {
		if (n++ == 3) {
			hu_out_puts(to, " or others");
			break;
		}
		hu_out_puts(to, n > 1 ? " or " : "");
		if (p->kind != STACK) {
			hu_out_puts(to, item->valuestring);
			continue;
		}
		for (const cJSON *frame = item->child; frame; frame = frame->next) {
			int left = 3;
			hu_out_puts(to, frame == item->child ? "" : " <- ");
			hu_known_frame_text(lib, frame->valuestring, &left, to);
		}
	}
}

static struct found test(const struct hu_known_lib *lib, const struct predicate *p,
			 const cJSON *patterns, const struct hu_facts *facts)
{
	struct found f = {.how = HU_UNTESTED};

	for (size_t i = 0; i < facts->count; i++) {
		const char *value = facts->at[i].value;
		if (!is_key(p, facts->at[i].key))
			continue;
		if (p->kind == STACK) {
			test_stack(lib, patterns, value, &f);
			if (f.how == HU_UNTESTED && !hu_known_shallow(lib, value))
				f.how = HU_REFUTED;
		} else {
			test_words(p->kind, patterns, value, &f);
			/* That one line is not in the log of a capture says little: the ring
			 * buffer may have dropped it. */
			if (f.how == HU_UNTESTED && p->kind != PART) {
				f.how = HU_REFUTED;
				hu_out_puts(&f.text, value);
			}
		}
	}
	return f;
}

static void say(const struct hu_known_lib *lib, struct hu_known_hit *hit, const struct predicate *p,
		const cJSON *patterns, const struct found *f)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out wish = {0};

	expected(lib, p, patterns, &wish);
	hu_out_printf(&text, "%s: ", p->label);
	if (f->how == HU_MATCHED)
		hu_out_str(&text, hu_out_view(&f->text));
	else if (f->how == HU_UNTESTED)
		hu_out_printf(&text, "not in this capture (expected %s)", wish.at ? wish.at : "");
	else if (p->kind == STACK)
		hu_out_printf(&text, "none that was captured shows %s", wish.at ? wish.at : "");
	else
		hu_out_printf(&text, "%s, not %s", f->text.at ? f->text.at : "",
			      wish.at ? wish.at : "");
	hu_known_hit_line(hit, f->how, hu_out_view(&text));
}

/* A predicate that the rule names under "unless" has matched: the rule is suspended. */
static bool suspended(const cJSON *rule, const struct found *found)
{
	for (size_t i = 0; i < PREDICATES; i++)
		if (found[i].how == HU_MATCHED &&
		    hu_known_lists(hu_known_item(rule, "unless"), predicates[i].name))
			return true;
	return false;
}

/* All predicates of a `refutes` rule match: then it rules the entry out. */
static bool rule_holds(const struct hu_known_lib *lib, const cJSON *match,
		       const struct hu_facts *facts)
{
	bool any = false;

	for (size_t i = 0; i < PREDICATES; i++) {
		const cJSON *patterns = hu_known_item(match, predicates[i].name);
		if (!patterns)
			continue;
		struct found f = test(lib, &predicates[i], patterns, facts);
		hu_out_deinit(&f.text);
		if (f.how != HU_MATCHED)
			return false;
		any = true;
	}
	return any;
}

void hu_known_test(const struct hu_known_lib *lib, const struct hu_known_entry *entry,
		   const struct hu_facts *facts, struct hu_known_hit *ret)
{
	const cJSON *matches = hu_known_item(entry->json, "matches");
	const cJSON *needs = hu_known_item(matches, "needs");
	const cJSON *decides = hu_known_item(matches, "decides");
	struct found found[PREDICATES] = {0};
	bool anchored = false, out = false;

	*ret = (struct hu_known_hit){.entry = entry};
	for (size_t i = 0; i < PREDICATES; i++) {
		const struct predicate *p = &predicates[i];
		const cJSON *patterns = hu_known_item(matches, p->name);
		found[i].how = HU_UNTESTED;
		if (!patterns)
			continue;
		bool needed = !i || hu_known_lists(needs, p->name);
		struct found f = found[i] = test(lib, p, patterns, facts);
		if (f.how == HU_MATCHED) {
			ret->matched += i > 0;
			ret->specificity += i ? f.weight : 0;
			anchored |= p->anchor || (i && needed);
		}
		ret->refuted += f.how == HU_REFUTED;
		out |= needed && f.how != HU_MATCHED;
		out |= f.how == HU_REFUTED && (p->decides || hu_known_lists(decides, p->name));
		if (i) /* the kind of incident is no news to anybody */
			say(lib, ret, p, patterns, &f);
		hu_out_deinit(&f.text);
	}
	for (const cJSON *rule =
		     hu_known_first(hu_known_item(hu_known_item(entry->json, "refutes"), "facts"));
	     rule; rule = rule->next) {
		if (suspended(rule, found) || !rule_holds(lib, hu_known_item(rule, "match"), facts))
			continue;
		hu_known_hit_line(ret, HU_REFUTED, hu_str(hu_known_text(rule, "why")));
		ret->refuted++;
		out = true;
	}
	ret->candidate = anchored && !out;
}
