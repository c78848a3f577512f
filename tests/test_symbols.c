/* Names of addresses where the list of symbols is cut: behind its last one there may be others. */
#include "tests/test.h"

#include "db/sink.h"
#include "db/symbols.h"

enum { FAR = 1 << 20 };

static void cut_list(bool cut)
{
	struct hu_symbols s = {0};

	TEST_CASE("a list that is %s", cut ? "cut behind its second symbol" : "whole");
	hu_symbols_add(&s, 0x1000, 't', hu_str("first"));
	hu_symbols_add(&s, 0x2000, 't', hu_str("second"));
	if (cut)
		hu_symbols_add(&s, 0x2001, HU_SYMBOL_CUT, hu_str("cut"));
	hu_symbols_add(&s, 0x9000, 't', hu_str("of a module"));
	CHECK_INT(s.count, 3);
	const struct hu_symbol *in_first = hu_symbols_at(&s, 0x1ff0, FAR);
	const struct hu_symbol *second = hu_symbols_at(&s, 0x2000, FAR);
	const struct hu_symbol *behind = hu_symbols_at(&s, 0x2010, FAR);
	const struct hu_symbol *module = hu_symbols_at(&s, 0x9010, FAR);
	CHECK(in_first && in_first->address == 0x1000);
	CHECK(second && second->address == 0x2000);
	CHECK_INT(behind != NULL, !cut);
	CHECK(module && module->address == 0x9000);
	hu_symbols_deinit(&s);
}

int main(void)
{
	cut_list(false);
	cut_list(true);
	return test_end();
}
