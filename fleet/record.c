/* Records of the journal: words with blanks between, a path, a card. */
#include "fleet/record.h"

#include <string.h>

void hu_record_put(const struct hu_record *record, struct hu_out *to)
{
	const struct hu_str words[] = {record->content, record->bundle, record->tool,
				       record->outcome, record->limits, record->folder};

	hu_out_puts(to, "done");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		hu_out_putc(to, ' ');
		hu_out_str(to, words[i]);
	}
	hu_out_printf(to, " %zu ", record->shown.len);
	hu_out_str(to, record->shown);
	hu_out_putc(to, ' ');
	hu_out_str(to, record->card);
}

bool hu_record_parse(struct hu_str payload, struct hu_record *ret)
{
	struct hu_str *const words[] = {&ret->content, &ret->bundle, &ret->tool,
					&ret->outcome, &ret->limits, &ret->folder};
	uint64_t len;

	if (!hu_str_is(hu_str_split(&payload, ' '), "done"))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		*words[i] = hu_str_split(&payload, ' ');
	if (!hu_str_u64(hu_str_split(&payload, ' '), 10, &len) || payload.len <= len)
		return false;
	ret->shown = (struct hu_str){payload.at, (size_t)len};
	ret->card = hu_str_skip(payload, (size_t)len + 1);
	return true;
}

void hu_record_put_owner(struct hu_str folder, struct hu_str tool, struct hu_out *to)
{
	hu_out_puts(to, "reports ");
	hu_out_str(to, folder);
	hu_out_putc(to, ' ');
	hu_out_str(to, tool);
}

bool hu_record_parse_owner(struct hu_str payload, struct hu_str *folder, struct hu_str *tool)
{
	if (!hu_str_is(hu_str_split(&payload, ' '), "reports"))
		return false;
	*folder = hu_str_split(&payload, ' ');
	*tool = payload;
	return true;
}

bool hu_record_passing(const struct hu_record *record)
{
	static const char *const words[] = {"missing", "denied", "changed", "killed"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (hu_str_is(record->outcome, words[i]))
			return true;
	return false;
}

bool hu_record_limited(const struct hu_record *record, struct hu_str limits)
{
	return (hu_str_is(record->outcome, "timeout") || hu_str_is(record->outcome, "memory")) &&
	       !hu_str_eq(record->limits, limits);
}

bool hu_record_judged(const struct hu_record *record)
{
	return hu_str_is(record->outcome, "judged");
}
