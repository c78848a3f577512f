/*
 * The journal of a batch on its own: what was added comes back, at the same places; whatever is cut
 * off or changed is found, and nothing else is lost. Also the table of hashes.
 */
#include "tests/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fleet/books.h"
#include "fleet/journal.h"
#include "fleet/record.h"
#include "fleet/seen.h"

static char path[] = "/tmp/journal-test.XXXXXX";

struct seen {
	int64_t at[64];
	struct hu_out text;
	size_t count;
};

static void each(void *data, int64_t at, struct hu_str payload)
{
	struct seen *seen = data;

	if (seen->count < 64)
		seen->at[seen->count] = at;
	seen->count++;
	hu_out_str(&seen->text, payload);
	hu_out_putc(&seen->text, ';');
}

static struct hu_journal *open_journal(struct seen *seen, struct hu_journal_found *found)
{
	struct hu_journal *journal = NULL;

	seen->count = 0;
	hu_out_clear(&seen->text);
	hu_out_puts(&seen->text, "");
	CHECK_OK(hu_journal_open(path, each, seen, found, &journal));
	return journal;
}

static void add(struct hu_journal *journal, const char *text)
{
	int64_t at = 0;

	CHECK_OK(hu_journal_add(journal, hu_str(text), &at));
	CHECK(at > 0);
}

static void comes_back(void)
{
	struct seen seen = {0};
	struct hu_journal_found found;
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out large = {0};

	unlink(path);
	struct hu_journal *journal = open_journal(&seen, &found);
	CHECK_INT(found.records, 0);
	add(journal, "one");
	add(journal, "");
	for (int i = 0; i < 300000; i++)
		hu_out_putc(&large, 'x');
	add(journal, large.at);
	add(journal, "four");
	int64_t at;
	CHECK_ERR(hu_journal_add(journal, hu_str("a\nb"), &at), "no record");
	CHECK_OK(hu_journal_sync(journal));
	hu_journal_close(journal);

	journal = open_journal(&seen, &found);
	CHECK_INT(found.records, 4);
	CHECK_INT(found.cut + found.damaged, 0);
	CHECK_INT(seen.text.len, 4 + 1 + 300001 + 5);
	CHECK_OK(hu_journal_read(journal, seen.at[3], &text));
	CHECK_STR(text.at, "four");
	CHECK_OK(hu_journal_read(journal, seen.at[2], &text));
	CHECK_INT(text.len, 300000);
	CHECK_ERR(hu_journal_read(journal, seen.at[2] + 1, &text), "changed by somebody");
	hu_journal_close(journal);
	hu_out_deinit(&seen.text);
}

/* Cut at each byte: the records before it stay, and the next one goes where the torn one was. */
static void torn(void)
{
	struct seen seen = {0};
	struct hu_journal_found found;
	struct stat st;

	unlink(path);
	struct hu_journal *journal = open_journal(&seen, &found);
	add(journal, "first");
	add(journal, "second");
	hu_journal_close(journal);
	journal = open_journal(&seen, &found);
	hu_journal_close(journal);
	CHECK(stat(path, &st) == 0);
	for (int64_t size = st.st_size - 1; size >= 0; size--) {
		TEST_CASE("cut at %" PRId64, size);
		int64_t whole = (size >= seen.at[1] ? 1 : 0);
		CHECK(truncate(path, size) == 0);
		struct seen again = {0};
		journal = open_journal(&again, &found);
		if (!journal)
			break;
		CHECK_INT(found.records, whole);
		CHECK_INT(found.damaged, 0);
		add(journal, "third");
		hu_journal_close(journal);
		journal = open_journal(&again, &found);
		CHECK_STR(again.text.at, whole ? "first;third;" : "third;");
		CHECK_INT(found.cut, 0);
		hu_journal_close(journal);
		/* Back to what it was. */
		unlink(path);
		journal = open_journal(&again, &found);
		add(journal, "first");
		add(journal, "second");
		hu_journal_close(journal);
		hu_out_deinit(&again.text);
	}
	hu_out_deinit(&seen.text);
}

static void damaged(void)
{
	struct seen seen = {0};
	struct hu_journal_found found;
	struct stat st;

	TEST_CASE("damaged");
	CHECK(stat(path, &st) == 0);
	for (int64_t at = 17; at < st.st_size; at++) {
		char was, is;
		TEST_CASE("byte %" PRId64 " changed", at);
		int fd = open(path, O_RDWR);
		CHECK_INT(pread(fd, &was, 1, at), 1);
		is = (char)(was ^ 1);
		CHECK_INT(pwrite(fd, &is, 1, at), 1);
		struct hu_journal *journal = open_journal(&seen, &found);
		if (journal) {
			/* Behind a record whose newline alone is another byte, all is found. */
			CHECK(found.records == 2 ||
			      (found.records == 1 && found.cut + found.damaged));
			if (found.records == 2)
				CHECK_STR(seen.text.at, "first;second;");
			hu_journal_close(journal);
		}
		close(fd);
		unlink(path);
		journal = open_journal(&seen, &found);
		add(journal, "first");
		add(journal, "second");
		hu_journal_close(journal);
	}
	hu_out_deinit(&seen.text);
}

static void records(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_record back, record = {.content = hu_str("c"),
					 .bundle = hu_str("b"),
					 .tool = hu_str("t"),
					 .outcome = hu_str("timeout"),
					 .limits = hu_str("600s/4096M"),
					 .folder = hu_str("-"),
					 .shown = hu_str("\"a path with blanks\""),
					 .card = hu_str("{\"a\": \"b c\"}")};
	struct hu_str folder, tool;

	TEST_CASE("records");
	hu_record_put(&record, &text);
	CHECK(hu_record_parse(hu_out_view(&text), &back));
	CHECK_STR_IS(back.shown, "\"a path with blanks\"");
	CHECK_STR_IS(back.card, "{\"a\": \"b c\"}");
	CHECK(!hu_record_judged(&back));
	CHECK(!hu_record_passing(&back));
	CHECK(!hu_record_limited(&back, hu_str("600s/4096M")));
	CHECK(hu_record_limited(&back, hu_str("601s/4096M")));
	CHECK(!hu_record_parse(hu_str("done a b c"), &back));
	CHECK(!hu_record_parse(hu_str("done a b c d e f 9999 x y"), &back));
	CHECK(!hu_record_parse_owner(hu_out_view(&text), &folder, &tool));
	hu_out_clear(&text);
	hu_record_put_owner(hu_str("inc-1"), hu_str("t"), &text);
	CHECK(hu_record_parse_owner(hu_out_view(&text), &folder, &tool));
	CHECK_STR_IS(folder, "inc-1");
	CHECK_STR_IS(tool, "t");
	CHECK(!hu_record_parse(hu_out_view(&text), &back));

	static const char hash[] = "0123456789abcdef0123456789abcdef";
	char *name = hu_books_folder("../a b/<x>.tar", hu_str(hash));
	CHECK_STR(name, "_._a_b__x_.tar-0123456789abcdef");
	free(name);
	name = hu_books_folder("", hu_str(hash));
	CHECK_STR(name, "0123456789abcdef");
	free(name);
}

static void table(void)
{
	struct hu_seen seen = {0};
	enum { MANY = 10000 };

	TEST_CASE("table");
	CHECK(!hu_seen_get(&seen, hu_key_of(hu_str("x"))));
	for (int i = 0; i < MANY; i++) {
		char text[16];
		snprintf(text, sizeof(text), "%d", i);
		hu_seen_put(&seen, hu_key_of(hu_str(text)), i);
		hu_seen_put(&seen, hu_key_of(hu_str(text)), 2 * i);
	}
	CHECK_INT(seen.count, MANY);
	CHECK(seen.cap * sizeof(*seen.entries) <= (size_t)64 * MANY);
	for (int i = 0; i < MANY; i++) {
		char text[16];
		snprintf(text, sizeof(text), "%d", i);
		int64_t *value = hu_seen_get(&seen, hu_key_of(hu_str(text)));
		if (!value || *value != 2 * i)
			CHECK(!"found again");
	}
	CHECK_INT(hu_seen_sort(&seen), MANY);
	bool sorted = true;
	for (int i = 1; i < MANY; i++)
		sorted &= seen.entries[i - 1].key.a < seen.entries[i].key.a;
	CHECK(sorted);
	hu_seen_deinit(&seen);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	comes_back();
	torn();
	damaged();
	records();
	table();
	unlink(path);
	return test_end();
}
