/* Resolution and actions of one incident: known fixes, what to do until then, how to verify. */
#include "report/pen.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void part(struct hu_pen *pen, const char *label, const struct hu_page_texts *texts)
{
	if (!texts->count)
		return;
	hu_out_printf(&pen->scratch, "%s:", label);
	hu_pen_say(pen, HU_TONE_DIM);
	hu_pen_list(pen, texts, false);
}

/* "93618edf7538 cgroup: Defer css percpu_ref kill (7.1, helps)", as the library words a commit;
 * false for one whose hash nobody verified. */
static bool read_commit(struct hu_str text, struct hu_commit *ret)
{
	size_t hex = 0, open = text.len;

	while (hex < text.len &&
	       (is_digit(text.at[hex]) || (text.at[hex] >= 'a' && text.at[hex] <= 'f')))
		hex++;
	if (hex < 12 || hex >= text.len || text.at[hex] != ' ')
		return false;
	*ret = (struct hu_commit){.hash = {text.at, hex},
				  .subject = hu_str_skip(text, hex + 1),
				  .does = hu_str("fixes")};
	if (text.at[text.len - 1] != ')')
		return true;
	while (open > hex + 2 && !(text.at[open - 1] == '(' && text.at[open - 2] == ' '))
		open--;
	if (open <= hex + 2)
		return true;
	struct hu_str note = {text.at + open, text.len - open - 1}, word = {NULL, 0};
	while (note.len)
		word = hu_str_trim(hu_str_split(&note, ','));
	static const char *const does[] = {"helps", "introduces", "prepares", "cleans up",
					   "reverts"};
	bool ours = word.len && is_digit(word.at[0]);
	for (size_t i = 0; i < sizeof(does) / sizeof(does[0]); i++)
		if (hu_str_is(word, does[i])) {
			ret->does = word;
			ours = true;
		}
	if (ours)
		ret->subject.len = open - 2 - (hex + 1);
	return true;
}

static void commits(struct hu_pen *pen, const struct hu_page_texts *texts)
{
	size_t n = 0, most = hu_pen_least(texts->count, pen->detail.items);
	struct hu_commit *at = hu_page_alloc(pen->page, (most + 1) * sizeof(*at));
	struct hu_page_texts others = {0};

	for (size_t i = 0; i < most; i++)
		if (read_commit(texts->at[i], &at[n]))
			n++;
		else
			hu_page_add(pen->page, &others, texts->at[i]);
	part(pen, "Commits", &others);
	pen->draw->commits(pen->to, at, n);
}

static void one_fix(struct hu_pen *pen, const struct hu_page_incident *in, size_t i, int level)
{
	const struct hu_page_fix *f = &in->fixes[i];
	enum hu_tone tone;
	const char *state = hu_phrase_applies(f, &tone);
	HU_CLEANUP(hu_out_deinit) struct hu_out id = {0};
	static const struct {
		enum hu_page_fix_item kind;
		const char *label;
	} parts[] = {
		{HU_FIX_WORKAROUND, "Until then"},	  {HU_FIX_VERIFY, "How to verify"},
		{HU_FIX_CONSEQUENCE, "What it costs"},	  {HU_FIX_COMMIT, "Commits"},
		{HU_FIX_MATCHED, "Speaks for it"},	  {HU_FIX_REFUTED, "Speaks against it"},
		{HU_FIX_UNTESTED, "Could not be tested"},
	};

	hu_out_printf(&id, "%s-fix-%zu", hu_pen_anchor(pen, in), i + 1);
	bool released = f->fixed_in.len > 0;
	const char *tag = hu_str_is(f->applies, "affected") ? "not in this kernel"
			  : hu_str_is(f->applies, "fixed")  ? "already in this kernel"
							    : "not known if in this kernel";
	if (!released)
		tag = hu_str_is(f->applies, "affected") ? "affects this kernel"
		      : hu_str_is(f->applies, "fixed")	? "does not apply"
							: "not known if it applies";
	pen->draw->heading(pen->to, level, hu_pen_shorten(pen, f->title), id.at, tag, tone);
	if (released) {
		hu_out_puts(&pen->scratch, "Fixed in Linux ");
		hu_out_str(&pen->scratch, f->fixed_in);
		if (f->fixed_here.len) {
			hu_out_puts(&pen->scratch, ", and in ");
			hu_out_str(&pen->scratch, f->fixed_here);
			hu_out_puts(&pen->scratch, " of this kernel's own series");
		}
		hu_out_printf(&pen->scratch, "; %s", state);
	} else {
		hu_out_printf(&pen->scratch, "%c%s", state[0] - 'a' + 'A', state + 1);
	}
	if (hu_str_is(f->decided_by, "nothing")) {
		hu_out_puts(&pen->scratch, ". Nothing in the bundle decides that");
	} else {
		hu_out_puts(&pen->scratch, ". Decided by ");
		hu_out_str(&pen->scratch, f->decided_by);
	}
	if (f->decided_text.len) {
		hu_out_puts(&pen->scratch, ": ");
		hu_out_str(&pen->scratch, f->decided_text);
	}
	hu_out_putc(&pen->scratch, '.');
	if (f->library.len && !hu_str_is(f->library, "built-in")) {
		hu_out_puts(&pen->scratch, " This entry is of the site's own library: ");
		hu_out_str(&pen->scratch, f->library);
		hu_out_putc(&pen->scratch, '.');
	}
	hu_pen_say(pen, HU_TONE_PLAIN);
	hu_pen_para(pen, hu_pen_shorten(pen, f->explains), HU_TONE_PLAIN);
	if (f->items[HU_FIX_TRIED].count) {
		hu_out_puts(&pen->scratch, "Tried: ");
		hu_out_str(&pen->scratch, f->items[HU_FIX_TRIED].at[0]);
		hu_out_putc(&pen->scratch, '.');
		hu_pen_say(pen, HU_TONE_PLAIN);
	}
	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
		/* Those of the first are among the actions. */
		if (parts[k].kind == HU_FIX_COMMIT && pen->draw->commits)
			continue;
		if (i || (parts[k].kind != HU_FIX_WORKAROUND && parts[k].kind != HU_FIX_VERIFY))
			part(pen, parts[k].label, &f->items[parts[k].kind]);
	}
	if (pen->draw->commits)
		commits(pen, &f->items[HU_FIX_COMMIT]);
	const struct hu_page_texts *links = &f->items[HU_FIX_LINK];
	if (links->count)
		pen->draw->links(pen->to, links->at, hu_pen_least(links->count, pen->detail.items));
}

void hu_pen_resolution(struct hu_pen *pen, const struct hu_page_incident *in, int level)
{
	const struct hu_page_texts *actions = &in->notes[HU_NOTE_ACTION];
	size_t n = hu_pen_least(in->fix_count, pen->detail.fixes);

	hu_pen_heading(pen, level, "Resolution", hu_pen_anchor(pen, in), "fix");
	if (!n)
		hu_pen_para(pen, hu_str("The library of known fixes has no entry that fits this."),
			    HU_TONE_PLAIN);
	hu_phrase_estimate(&pen->scratch, in);
	hu_pen_say(pen, HU_TONE_PLAIN);
	for (size_t i = 0; i < n; i++)
		one_fix(pen, in, i, level + 1);
	hu_pen_left_out(pen, in->fix_count, n, "known fixes");
	if (!actions->count && !n)
		return;
	hu_pen_heading(pen, level, "Actions", hu_pen_anchor(pen, in), "do");
	hu_pen_list(pen, actions, true);
	if (!n)
		return;
	part(pen, "Until then", &in->fixes[0].items[HU_FIX_WORKAROUND]);
	part(pen, "How to verify", &in->fixes[0].items[HU_FIX_VERIFY]);
}
