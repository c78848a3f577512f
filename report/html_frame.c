/*
 * What stands around the chapters of a page of HTML, whatever it is a page of: head with policy and
 * style, verdict, the list of chapters.
 */
#include <string.h>

#include "db/embedded.h"
#include "db/sha256.h"
#include "report/escape.h"
#include "report/html_parts.h"

extern const unsigned char hu_style_css[];

/* Chapters are known only when all is drawn: the list of them is put in here. */
const char hu_html_nav_here[] = "<!--nav-->";

const char *hu_html_class_of(enum hu_tone tone)
{
	static const char *const names[] = {"plain", "good", "warn", "bad", "dim"};

	return names[tone];
}

void hu_html_element(struct hu_out *to, const char *open, struct hu_str s, const char *close)
{
	hu_out_puts(to, open);
	hu_escape_html_rich(to, s);
	hu_out_puts(to, close);
}

/* Nothing may be loaded, sent or run, and no style but this very one: what a stranger's text might
 * smuggle in would not act. */
static void policy(struct hu_out *to)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *style = (const char *)hu_style_css;
	unsigned char hash[33] = {0};
	char text[HU_SHA256_TEXT];
	struct hu_sha256 sha;

	hu_sha256_init(&sha);
	hu_sha256_add(&sha, style, strlen(style));
	hu_sha256_finish(&sha, text);
	for (size_t i = 0; i < 32; i++) {
		uint64_t byte = 0;
		hu_str_u64((struct hu_str){text + 2 * i, 2}, 16, &byte);
		hash[i] = (unsigned char)byte;
	}
	hu_out_puts(to,
		    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		    "style-src 'sha256-");
	for (size_t i = 0; i < 33; i += 3) {
		unsigned part = (unsigned)hash[i] << 16 | (unsigned)hash[i + 1] << 8 |
				(i + 2 < 33 ? hash[i + 2] : 0);
		for (int k = 0; k < (i == 30 ? 3 : 4); k++)
			hu_out_putc(to, digits[part >> (18 - 6 * k) & 63]);
	}
	hu_out_puts(to, "='; base-uri 'none'; form-action 'none'\">\n");
}

void hu_html_head(struct hu_out *to, struct hu_str title)
{
	hu_out_puts(to, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	policy(to);
	hu_out_puts(to, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
			"<meta name=\"color-scheme\" content=\"light dark\">\n"
			"<meta name=\"referrer\" content=\"no-referrer\">\n"
			"<meta name=\"generator\" content=\"holdup " HU_VERSION "\">\n<title>");
	hu_escape_html(to, hu_escape_cut(title, 200, NULL));
	hu_out_puts(to, "</title>\n<style>");
	hu_out_puts(to, (const char *)hu_style_css);
	hu_out_puts(to, "</style>\n</head>\n<body>\n");
}

/* The opening of a page; `where` and `lead` may be empty. */
void hu_html_header(struct hu_out *to, struct hu_str where, const char *outcome, enum hu_tone tone,
		    struct hu_str title, struct hu_str lead)
{
	hu_out_printf(to, "<header class=\"verdict %s\">\n", hu_html_class_of(tone));
	hu_html_element(to, "<p class=\"where\">", where, "</p>\n");
	hu_out_printf(to, "<p class=\"outcome\">%s</p>\n", outcome);
	hu_out_puts(to, title.len > 110 ? "<h1 class=\"long\">" : "<h1>");
	hu_html_element(to, "", title, "</h1>\n");
	if (lead.len)
		hu_html_element(to, "<p class=\"lead\">", lead, "</p>\n");
	hu_out_puts(to, "</header>\n");
	hu_out_puts(to, hu_html_nav_here);
	hu_out_puts(to, "<main>\n");
}

/* The links to all chapters that are drawn behind `at`. */
static void list_chapters(struct hu_out *nav, const char *at)
{
	hu_out_puts(nav, "<nav aria-label=\"Chapters\"><ul>\n");
	for (const char *h = strstr(at, "<h2 id=\""); h; h = strstr(h + 1, "<h2 id=\"")) {
		const char *id = h + strlen("<h2 id=\"");
		const char *id_end = strchr(id, '"');
		const char *text = id_end + strlen("\">");
		const char *stop = strstr(text, "</h2>");
		const char *tagged = strstr(text, " <span");
		if (tagged && tagged < stop)
			stop = tagged;
		hu_out_puts(nav, "<li><a href=\"#");
		hu_out_bytes(nav, id, (size_t)(id_end - id));
		hu_out_puts(nav, "\">");
		/* A cause's heading is a sentence; its number is enough here. */
		if (id[0] == 'I' && id[1] >= '0' && id[1] <= '9' &&
		    memchr(id, '-', (size_t)(id_end - id)) == NULL) {
			text = id;
			stop = id_end;
		}
		hu_out_bytes(nav, text, (size_t)(stop - text));
		hu_out_puts(nav, "</a></li>\n");
	}
	hu_out_puts(nav, "</ul></nav>\n");
}

/*
 * Puts a list of the chapters where hu_html_nav_here stands second, below the first box: what one
 * came for stands above it. Where there is no box, where it stands first. No stranger's text holds
 * a "<".
 */
void hu_html_nav(struct hu_out *to, size_t start)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out page = {0};
	const char *rest = to->at + start, *first = strstr(rest, hu_html_nav_here), *second;
	const size_t skip = strlen(hu_html_nav_here);

	if (!first)
		return;
	second = strstr(first + skip, hu_html_nav_here);
	for (const char *at = first; at; at = strstr(rest, hu_html_nav_here)) {
		hu_out_bytes(&page, rest, (size_t)(at - rest));
		rest = at + skip;
		if (at == (second ? second : first))
			list_chapters(&page, rest);
	}
	hu_out_puts(&page, rest);
	to->len = start;
	hu_out_str(to, hu_out_view(&page));
}
