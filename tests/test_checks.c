/* The checker of reports, checked: one that cannot say no would make every incident pass. */
#include "tests/checks.h"
#include "tests/test.h"

static const char report[] = "{\"verdict\":{\"outcome\":\"found\",\"incident\":null},"
			     " \"incidents\":[{\"holders\":[{\"comm\":\"kswapd0\",\"ns\":1000},{"
			     "\"comm\":\"dd\",\"ns\":7}]},"
			     "                {\"holders\":[]}], \"a/b\":true}";

static const struct {
	bool want;
	const char *check;
} cases[] = {
	{true, "{\"path\":\"/verdict/outcome\",\"is\":\"found\"}"},
	{false, "{\"path\":\"/verdict/outcome\",\"is\":\"clear\"}"},
	{false, "{\"path\":\"/verdict/outcome\",\"is_not\":\"found\"}"},
	{false, "{\"path\":\"/verdict/missing\",\"is_not\":\"found\"}"},
	{true, "{\"path\":\"/verdict/incident\",\"is\":null}"},
	{true, "{\"path\":\"/verdict/incident\",\"absent\":true}"},
	{true, "{\"path\":\"/verdict/missing\",\"absent\":true}"},
	{false, "{\"path\":\"/verdict/outcome\",\"absent\":true}"},
	{false, "{\"path\":\"/verdict/incident\",\"present\":true}"},
	{true, "{\"path\":\"/verdict/outcome\",\"present\":true}"},
	{true, "{\"path\":\"/verdict/outcome\",\"contains\":\"oun\"}"},
	{false, "{\"path\":\"/verdict/outcome\",\"lacks\":\"oun\"}"},
	{true, "{\"path\":\"/verdict/outcome\",\"one_of\":[\"clear\",\"found\"]}"},
	{false, "{\"path\":\"/verdict/outcome\",\"none_of\":[\"clear\",\"found\"]}"},
	{true, "{\"path\":\"/incidents/0/holders/0/ns\",\"near\":1009,\"percent\":1}"},
	{false, "{\"path\":\"/incidents/0/holders/0/ns\",\"near\":1011,\"percent\":1}"},
	{true, "{\"path\":\"/incidents/0/holders/0/ns\",\"near\":1011,\"by\":11}"},
	{true, "{\"path\":\"/incidents/0/holders/0/ns\",\"at_least\":1000,\"at_most\":1000}"},
	{false, "{\"path\":\"/incidents/0/holders/0/ns\",\"at_least\":1001}"},
	{false, "{\"path\":\"/incidents/0/holders/0/ns\",\"at_most\":999}"},
	{true, "{\"path\":\"/incidents\",\"count\":2}"},
	{false, "{\"path\":\"/incidents\",\"count\":1}"},
	{true, "{\"any\":\"/incidents/*/holders/*/comm\",\"is\":\"dd\"}"},
	{false, "{\"any\":\"/incidents/*/holders/*/comm\",\"is\":\"cp\"}"},
	{true, "{\"none\":\"/incidents/*/holders/*/comm\",\"is\":\"cp\"}"},
	{false, "{\"none\":\"/incidents/*/holders/*/comm\",\"is\":\"dd\"}"},
	{false, "{\"all\":\"/incidents/*/holders/*/comm\",\"is\":\"dd\"}"},
	{true, "{\"all\":\"/incidents/*/holders/*/ns\",\"at_least\":7}"},
	{true, "{\"all\":\"/incidents/1/holders/*/ns\",\"at_least\":7}"},
	{false, "{\"path\":\"/incidents/*/holders\",\"count\":2}"},
	{true, "{\"path\":\"/a~1b\",\"is\":true}"},
	{false, "{\"path\":\"/verdict/outcome\"}"},
	{false, "{\"path\":\"/verdict/outcome\",\"equals\":\"found\"}"},
	{false, "{\"path\":\"verdict\",\"present\":true}"},
	{false, "{\"is\":\"found\"}"},
};

int main(void)
{
	cJSON *json = cJSON_Parse(report);

	TEST_EACH(i, cases)
	{
		struct hu_out why HU_CLEANUP(hu_out_deinit) = {0};
		cJSON *check = cJSON_Parse(cases[i].check);

		TEST_CASE("%s", cases[i].check);
		CHECK(check != NULL);
		CHECK_INT(hu_test_check(json, check, &why), cases[i].want);
		CHECK((why.len == 0) == cases[i].want);
		cJSON_Delete(check);
	}
	cJSON_Delete(json);
	return test_end();
}
