/* The parts of a card about the host and about what was in the bundle. */
#include <string.h>

#include "fleet/card_parts.h"

enum { MOST_TAGS = 32, MOST_FORMATS = 48, MOST_DAMAGED = 12 };

struct hu_str hu_card_none(void)
{
	return (struct hu_str){NULL, 0};
}

struct hu_str hu_card_known(struct hu_str s)
{
	return s.len ? s : hu_card_none();
}

/* "6.1" of "6.1.192" or "6.1.0-56-amd64"; nothing if it does not begin like that. */
static struct hu_str series(struct hu_str release)
{
	size_t i = 0, dots = 0;

	while (i < release.len && ((release.at[i] >= '0' && release.at[i] <= '9') ||
				   (release.at[i] == '.' && i && dots == 0))) {
		dots += release.at[i] == '.';
		i++;
	}
	if (!dots || i > 8 || release.at[i - 1] == '.')
		return hu_card_none();
	return (struct hu_str){release.at, i};
}

static void put_integer_fact(struct hu_line *l, const char *key, struct hu_str value)
{
	int64_t n = HU_OPEN;

	hu_str_i64(value, &n);
	hu_line_integer(l, key, n);
}

void hu_card_host(struct hu_line *l, const struct hu_page *page)
{
	struct hu_str release = hu_page_fact(page, "kernel.release");
	struct hu_str base = hu_page_fact(page, "kernel.base");
	struct hu_str from = series(base);

	hu_line_text(l, "host", hu_card_known(hu_page_fact(page, "hostname")), SHORT);
	hu_line_begin(l, "kernel", '{');
	hu_line_text(l, "release", hu_card_known(release), SHORT);
	hu_line_text(l, "base", hu_card_known(base), SHORT);
	hu_line_text(l, "series", from.at ? from : series(release), SHORT);
	hu_line_text(l, "vendor", hu_card_known(hu_page_fact(page, "kernel.vendor")), SHORT);
	hu_line_text(l, "arch", hu_card_known(hu_page_fact(page, "kernel.arch")), SHORT);
	hu_line_end(l, '}');
	put_integer_fact(l, "cpus", hu_page_fact(page, "cpus"));
	put_integer_fact(l, "memory_bytes", hu_page_fact(page, "memory_bytes"));
}

void hu_card_tags(struct hu_line *l, const struct hu_page *page)
{
	struct hu_str last = hu_card_none();
	size_t n = 0;

	hu_line_begin(l, "tags", '[');
	for (size_t i = 0; i < page->fact_count && n < MOST_TAGS; i++) {
		struct hu_str key = page->facts[i].key;
		if (!hu_str_starts(key, "tag.") || hu_str_eq(key, last))
			continue; /* of two manifests the first counts */
		last = key;
		n++;
		hu_line_begin(l, NULL, '{');
		hu_line_text(l, "key", hu_str_skip(key, strlen("tag.")), SHORT);
		hu_line_text(l, "value", page->facts[i].value, SHORT);
		hu_line_end(l, '}');
	}
	hu_line_end(l, ']');
}

static int64_t sources_with(const struct hu_page *page, const char *status)
{
	int64_t n = 0;

	for (size_t i = 0; i < page->source_count; i++)
		n += hu_str_is(page->sources[i].status, status);
	return n;
}

/* How many of each format there are: sources are ordered by path, so look for the next new one. */
static void put_formats(struct hu_line *l, const struct hu_page *page)
{
	struct hu_str last = hu_card_none();

	hu_line_begin(l, "formats", '[');
	for (size_t n = 0; n < MOST_FORMATS; n++) {
		struct hu_str next = hu_card_none();
		int64_t sources = 0, records = 0;
		for (size_t i = 0; i < page->source_count; i++) {
			struct hu_str f = page->sources[i].format;
			if (!f.at || (last.at && strcmp(f.at, last.at) <= 0))
				continue;
			if (!next.at || strcmp(f.at, next.at) < 0) {
				next = f;
				sources = records = 0;
			}
			if (hu_str_eq(f, next)) {
				sources++;
				records += page->sources[i].records;
			}
		}
		if (!next.at)
			break;
		hu_line_begin(l, NULL, '{');
		hu_line_text(l, "format", next, SHORT);
		hu_line_integer(l, "sources", sources);
		hu_line_integer(l, "records", records);
		hu_line_end(l, '}');
		last = next;
	}
	hu_line_end(l, ']');
}

void hu_card_sources(struct hu_line *l, const struct hu_page *page)
{
	int64_t records = 0, losses = 0;
	size_t n = 0;

	for (size_t i = 0; i < page->source_count; i++) {
		records += page->sources[i].records;
		losses += page->sources[i].loss_rows;
	}
	hu_line_begin(l, "sources", '{');
	hu_line_integer(l, "complete", sources_with(page, "complete"));
	hu_line_integer(l, "partial", sources_with(page, "partial"));
	hu_line_integer(l, "unreadable", sources_with(page, "unreadable"));
	hu_line_integer(l, "unrecognised", sources_with(page, "unrecognised"));
	hu_line_integer(l, "records", records);
	hu_line_integer(l, "losses", losses);
	hu_line_end(l, '}');
	put_formats(l, page);
	hu_line_begin(l, "damaged", '[');
	for (size_t i = 0; i < page->source_count && n < MOST_DAMAGED; i++) {
		const struct hu_page_source *s = &page->sources[i];
		if (!hu_str_is(s->status, "partial") && !hu_str_is(s->status, "unreadable"))
			continue;
		n++;
		hu_line_begin(l, NULL, '{');
		hu_line_text(l, "path", s->path, WORDS);
		hu_line_text(l, "format", s->format, SHORT);
		hu_line_text(l, "status", s->status, SHORT);
		hu_line_text(l, "error", s->error, WORDS);
		hu_line_end(l, '}');
	}
	hu_line_end(l, ']');
}
