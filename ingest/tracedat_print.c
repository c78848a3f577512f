/*
 * trace_printk() after the fact: vbin_printf() of lib/vsprintf.c packed the arguments, this unpacks
 * them. Rare in captures of production machines and small in all others.
 */
#include "ingest/tracedat_print.h"

#include "db/text.h"
#include "ingest/tracedat_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1024, WIDTH_MAX = 64 }; /* TRACE_BUF_SIZE, kernel/trace/trace.h */

struct format {
	uint64_t address;
	struct hu_str text; /* with its quotes off, as it was printed otherwise */
};

struct hu_trace_prints {
	struct format *format; /* by address */
	size_t formats;
	bool big_endian;
	uint32_t long_size;
	bool (*find)(void *with, uint64_t address, struct hu_str *name, struct hu_str *module,
		     uint64_t *offset);
	void *with;
	struct hu_out out;
};

static int by_address(const void *a, const void *b)
{
	const struct format *fa = a, *fb = b;

	return (fa->address > fb->address) - (fa->address < fb->address);
}

struct hu_trace_prints *hu_trace_prints_create(
	struct hu_str text, bool big_endian, uint32_t long_size,
	bool (*find)(void *with, uint64_t address, struct hu_str *name, struct hu_str *module,
		     uint64_t *offset),
	void *with)
{
	struct hu_trace_prints *prints = hu_alloc(sizeof(*prints));
	struct hu_str line;
	size_t room = 0;

	prints->big_endian = big_endian;
	prints->long_size = long_size;
	prints->find = find;
	prints->with = with;
	while (hu_str_line(&text, &line)) {
		struct format format;
		ptrdiff_t colon = hu_str_find(line, " : \"");
		if (colon < 0 ||
		    !hu_str_u64((struct hu_str){line.at, (size_t)colon}, 16, &format.address))
			continue;
		format.text = hu_str_skip(line, (size_t)colon + 4);
		if (hu_str_ends(format.text, "\""))
			format.text.len--;
		if (prints->formats == room) {
			room = room ? room * 2 : 64;
			prints->format = hu_realloc(prints->format, room * sizeof(format));
		}
		prints->format[prints->formats++] = format;
	}
	if (prints->formats)
		qsort(prints->format, prints->formats, sizeof(struct format), by_address);
	return prints;
}

void hu_trace_prints_destroy(struct hu_trace_prints *prints)
{
	if (!prints)
		return;
	hu_out_deinit(&prints->out);
	free(prints->format);
	free(prints);
}

/* The kernel shows a newline as \n, and so on (kernel/trace/trace_printk.c, t_show()). */
static char unescaped(struct hu_str *left)
{
	char c = left->at[0];

	*left = hu_str_skip(*left, 1);
	if (c != '\\' || !left->len)
		return c;
	char next = left->at[0];
	*left = hu_str_skip(*left, 1);
	return next == 'n' ? '\n' : next == 't' ? '\t' : next;
}

struct arguments {
	struct hu_take from;
	const char *start; /* alignment counts from here */
};

/* save_arg(): at a multiple of its size, 8 bytes at one of 4 */
static uint64_t argument(struct arguments *args, size_t bytes)
{
	size_t align = bytes < 4 ? bytes : 4;
	size_t off = (size_t)(args->from.left.at - args->start) % align;

	if (off)
		hu_take_bytes(&args->from, align - off);
	return hu_take_number(&args->from, bytes);
}

static void put_symbol(struct hu_trace_prints *prints, uint64_t address, bool offset)
{
	struct hu_str name, module;
	uint64_t at;

	if (!prints->find(prints->with, address, &name, &module, &at)) {
		hu_out_printf(&prints->out, "0x%" PRIx64, address);
		return;
	}
	hu_out_str(&prints->out, name);
	if (offset)
		hu_out_printf(&prints->out, "+0x%" PRIx64, at);
}

/* One conversion, its "%" taken; false: what follows cannot be told apart any more. */
static bool convert(struct hu_trace_prints *prints, struct hu_str *left, struct arguments *args)
{
	bool zeros = false, to_the_left = false, prefixed = false;
	int width = 0;
	unsigned longs = 0, halves = 0;

	for (; left->len && strchr("-+ #0", left->at[0]); *left = hu_str_skip(*left, 1)) {
		zeros |= left->at[0] == '0';
		to_the_left |= left->at[0] == '-';
		prefixed |= left->at[0] == '#';
	}
	bool precision = false;
	for (; left->len && strchr("0123456789.*", left->at[0]); *left = hu_str_skip(*left, 1)) {
		char c = left->at[0];
		if (c == '*')
			argument(args, 4);
		else if (c == '.')
			precision = true;
		else if (!precision && width < WIDTH_MAX)
			width = width * 10 + (c - '0');
	}
	for (; left->len && strchr("lhqzjtL", left->at[0]); *left = hu_str_skip(*left, 1)) {
		char c = left->at[0];
		longs += c == 'l' ? 1 : c == 'h' ? 0 : 2;
		halves += c == 'h' && halves < 3;
	}
	if (!left->len)
		return false;
	char kind = left->at[0];
	*left = hu_str_skip(*left, 1);
	size_t bytes = longs >= 2 ? 8 : longs ? prints->long_size : halves ? 4u >> halves : 4;
	if (bytes < 1)
		bytes = 1;
	width = width > WIDTH_MAX ? WIDTH_MAX : width;

	switch (kind) {
	case '%':
		hu_out_putc(&prints->out, '%');
		return true;
	case 'c':
		hu_out_putc(&prints->out, (char)argument(args, 1));
		return !args->from.bad;
	case 's':
		hu_out_str(&prints->out, hu_take_string(&args->from));
		return !args->from.bad;
	case 'p': {
		char how = left->len ? left->at[0] : ' ';
		if (how >= 'A' && how != ' ' && ((how | 0x20) >= 'a' && (how | 0x20) <= 'z')) {
			*left = hu_str_skip(*left, 1);
			if (!strchr("sSfFxKB", how)) { /* the kernel printed it at once */
				hu_out_str(&prints->out, hu_take_string(&args->from));
				return !args->from.bad;
			}
		}
		uint64_t address = argument(args, prints->long_size);
		if (args->from.bad)
			return false;
		if (strchr("sSfFB", how))
			put_symbol(prints, address, how == 'S' || how == 'F' || how == 'B');
		else
			hu_out_printf(&prints->out, "0x%" PRIx64, address);
		return true;
	}
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'o': {
		uint64_t value = argument(args, bytes);
		if (args->from.bad)
			return false;
		bool is_signed = kind == 'd' || kind == 'i';
		int unused = 64 - (int)bytes * 8;
		if (is_signed && unused)
			value = (uint64_t)((int64_t)(value << unused) >> unused);
		char text[32];
		int len = is_signed	? snprintf(text, sizeof(text), "%lld", (long long)value)
			  : kind == 'u' ? snprintf(text, sizeof(text), "%" PRIu64, value)
			  : kind == 'x' ? snprintf(text, sizeof(text), "%s%" PRIx64,
						   prefixed ? "0x" : "", value)
			  : kind == 'X' ? snprintf(text, sizeof(text), "%" PRIX64, value)
					: snprintf(text, sizeof(text), "%" PRIo64, value);
		for (int i = len; i < width && !to_the_left; i++)
			hu_out_putc(&prints->out, zeros ? '0' : ' ');
		hu_out_puts(&prints->out, text);
		for (int i = len; i < width && to_the_left; i++)
			hu_out_putc(&prints->out, ' ');
		return true;
	}
	default:
		return false;
	}
}

struct hu_str hu_trace_print(struct hu_trace_prints *prints, struct hu_str record, uint64_t at,
			     uint32_t arguments)
{
	struct hu_take from = {.left = hu_str_skip(record, (size_t)at),
			       .big_endian = prints->big_endian};
	struct format key = {.address = hu_take_number(&from, prints->long_size)};
	const struct format *format =
		from.bad || !prints->formats
			? NULL
			: bsearch(&key, prints->format, prints->formats, sizeof(key), by_address);

	hu_out_clear(&prints->out);
	if (!format)
		return (struct hu_str){NULL, 0};
	struct hu_str left = format->text;
	struct hu_str behind = hu_str_skip(record, arguments);
	struct arguments args = {.from = {.left = behind, .big_endian = prints->big_endian},
				 .start = behind.at};
	while (left.len && prints->out.len < TEXT_MAX) {
		char c = unescaped(&left);
		if (c != '%' || !arguments) {
			hu_out_putc(&prints->out, c);
		} else if (!convert(prints, &left, &args)) {
			hu_out_puts(&prints->out, "…");
			break;
		}
	}
	return hu_out_view(&prints->out);
}
