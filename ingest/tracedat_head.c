/*
 * The event formats, through libtracecmd.
 *
 * The library never sees the file. It gets a head made for it: version 6, plain, the sections that
 * tracedat_file.c found sound, and nothing else. Three reasons. It has no bounds of its own (see
 * tracedat_file.c). It cannot be told to leave out kallsyms, whose parsing takes more time than all
 * the rest of a small capture. And print formats are taken out: nothing here prints, some of Linux
 * 7.x cannot be parsed by libtraceevent 1.7.1, and their parser is the one part of it that recurses
 * on its input.
 */
#include "ingest/tracedat_head.h"

#ifdef HU_HAVE_TRACECMD
#include "db/text.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <trace-cmd/trace-cmd.h>
#include <unistd.h>

enum { FORMAT_MAX = 1 << 20 };

static void put_number(struct hu_out *to, bool big_endian, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		hu_out_putc(to, (char)(value >> 8 * (big_endian ? bytes - 1 - i : i)));
}

/* Format files are plain text; anything else is damage, and is left out. */
static bool plain_text(struct hu_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if ((c < ' ' && c != '\t' && c != '\n') || c >= 0x7f)
			return false;
	}
	return s.len && s.len < FORMAT_MAX;
}

static bool digits(struct hu_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
	return s.len && s.len < 10;
}

/*
 * "unsigned long caller[8]": words, and a size in brackets that may be an expression. A type has to
 * stand in front of the name: where there is none the library leaks the name.
 */
static bool declaration(struct hu_str s)
{
	bool inside = false, in_word = false;
	size_t parts = 0; /* in front of the first bracket */
	bool bracket = false;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		bool word = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') ||
			    c == '_';
		parts += !bracket && ((word && !in_word) || c == '*');
		in_word = word;
		if (c == '[' || c == ']') {
			if (inside == (c == '['))
				return false;
			inside = c == '[';
			bracket = true;
		} else if (!word && !strchr(" *", c) && !(inside && strchr("()+-/", c))) {
			return false;
		}
	}
	return parts >= 2 && !inside;
}

/* "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;" */
static bool field_line(struct hu_str line)
{
	static const char *const keys[] = {"\tfield:", "\toffset:", "\tsize:", "\tsigned:"};

	for (size_t i = 0; i < 4; i++) {
		if (i == 3 && !line.len) /* "signed" came with 2.6.33 */
			return true;
		if (!hu_str_starts(line, keys[i]) || hu_str_find(line, ";") < 0)
			return false;
		line = hu_str_skip(line, strlen(keys[i]));
		struct hu_str value = hu_str_split(&line, ';');
		if (i ? !digits(value) : !declaration(hu_str_trim(value)))
			return false;
	}
	return !line.len;
}

/* What stands above a print format, line by line: the library's parser is not kind to anything
 * else. */
static bool format_text(struct hu_str text, bool only_fields)
{
	struct hu_str line;

	while (hu_str_line(&text, &line))
		if (!field_line(line) &&
		    (only_fields || (line.len && !hu_str_starts(line, "name: ") &&
				     !hu_str_starts(line, "ID: ") && !hu_str_is(line, "format:"))))
			return false;
	return true;
}

/* One format file without its print format; false if it is not one. */
static bool put_format(struct hu_out *to, bool big_endian, struct hu_str text, struct hu_str *print)
{
	static const char no_print[] = "\nprint fmt: \"\"\n";
	ptrdiff_t at = hu_str_find(text, "\nprint fmt:");

	if (at < 0 || !plain_text(text) || !hu_str_starts(text, "name: "))
		return false;
	struct hu_str whole = text;
	text.len = (size_t)at;
	if (!format_text(text, false))
		return false;
	if (print && hu_str_starts(text, "name: sched_switch\n"))
		*print = whole;
	put_number(to, big_endian, text.len + sizeof(no_print) - 1, 8);
	hu_out_str(to, text);
	hu_out_puts(to, no_print);
	return true;
}

struct counted { /* a count in front of what is counted, known only afterwards */
	size_t at;
	uint32_t n;
};

static struct counted counted(struct hu_out *to)
{
	struct counted c = {to->len, 0};

	put_number(to, false, 0, 4);
	return c;
}

static void count_known(struct hu_out *to, bool big_endian, struct counted c)
{
	for (size_t i = 0; i < 4; i++)
		to->at[c.at + i] = (char)(c.n >> 8 * (big_endian ? 3 - i : i));
}

static bool put_formats(struct hu_out *to, struct hu_take *from, struct hu_str *print)
{
	struct counted c = counted(to);
	uint64_t count = hu_take_number(from, 4);
	bool all = true;

	for (uint64_t i = 0; i < count && !from->bad; i++) {
		uint64_t size = hu_take_number(from, 8);
		struct hu_str text = hu_take_bytes(from, size);
		if (from->bad)
			break;
		if (put_format(to, from->big_endian, text, print))
			c.n++;
		else
			all = false;
	}
	count_known(to, from->big_endian, c);
	return all && !from->bad;
}

static bool put_systems(struct hu_out *to, struct hu_take *from, struct hu_str *print)
{
	struct counted c = counted(to);
	uint64_t count = hu_take_number(from, 4);
	bool all = true;

	for (uint64_t i = 0; i < count && !from->bad; i++) {
		struct hu_str name = hu_take_string(from);
		/* read_string() of the library counts wrongly beyond BUFSIZ */
		if (from->bad || !plain_text(name) || name.len > 256)
			return count_known(to, from->big_endian, c), false;
		hu_out_str(to, name);
		hu_out_putc(to, 0);
		all &= put_formats(to, from, print);
		c.n++;
	}
	count_known(to, from->big_endian, c);
	return all && !from->bad;
}

static bool put_header(struct hu_out *to, struct hu_take *from)
{
	static const char *const parts[] = {"header_page", "header_event"};

	for (size_t i = 0; i < 2; i++) {
		struct hu_str name = hu_take_string(from);
		uint64_t size = hu_take_number(from, 8);
		struct hu_str text = hu_take_bytes(from, size);
		if (from->bad || !hu_str_is(name, parts[i]) || !plain_text(text) ||
		    (i == 0 && !format_text(text, true)))
			return false;
		hu_out_str(to, name);
		hu_out_putc(to, 0);
		put_number(to, from->big_endian, size, 8);
		hu_out_str(to, text);
	}
	return true;
}

static struct hu_take part(const struct hu_trace_file *file, struct hu_str bytes)
{
	return (struct hu_take){.left = bytes, .big_endian = file->big_endian};
}

/* trace-cmd.dat.v6(5) */
static struct hu_err *make_head(struct hu_trace_file *file, struct hu_out *to, struct hu_str *print)
{
	struct hu_take header = part(file, file->header);
	struct hu_take ftrace = part(file, file->ftrace_formats);
	struct hu_take events = part(file, file->event_formats);
	bool big = file->big_endian;

	hu_out_bytes(to, "\x17\x08\x44tracing6", sizeof("\x17\x08\x44tracing6"));
	hu_out_putc(to, big);
	hu_out_putc(to, (char)file->long_size);
	put_number(to, big, file->page_size, 4);
	if (!put_header(to, &header))
		return hu_err(HU_ERR_BAD_INPUT, "the description of its pages is damaged");
	bool all = put_formats(to, &ftrace, NULL);
	all &= put_systems(to, &events, print);
	if (!all && !file->damage)
		file->damage = hu_err(HU_ERR_BAD_INPUT,
				      "some of its event formats are missing or damaged");
	put_number(to, big, 0, 4); /* kallsyms */
	put_number(to, big, 0, 4); /* printk formats */
	put_number(to, big, 0, 8); /* command lines */
	put_number(to, big, 0, 4); /* CPUs */
	hu_out_bytes(to, "flyrecord", sizeof("flyrecord"));
	return NULL;
}

struct hu_err *hu_trace_head_open(struct hu_trace_file *file, struct hu_trace_head *ret)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out image = {0};
	struct hu_err *err = make_head(file, &image, &ret->switch_print);

	if (err)
		return err;
	int fd = memfd_create("holdup-trace-head", MFD_CLOEXEC);
	if (fd < 0)
		return hu_err_os(errno, "cannot make room for the head of the file");
	for (size_t done = 0; done < image.len;) {
		ssize_t n = write(fd, image.at + done, image.len - done);
		if (n <= 0) {
			err = hu_err_os(n ? errno : ENOSPC, "cannot copy the head of the file");
			close(fd);
			return err;
		}
		done += (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);

	/* Both libraries print to standard error if they are let. */
	tracecmd_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);
	ret->handle = tracecmd_open_fd(fd, TRACECMD_FL_LOAD_NO_PLUGINS);
	if (!ret->handle)
		return hu_err(HU_ERR_BAD_INPUT, "libtracecmd cannot read its event formats");
	ret->tep = tracecmd_get_tep(ret->handle);

	/* include/linux/ring_buffer.h: "local_t commit", of the kernel's long */
	int commit = tep_get_header_page_size(ret->tep);
	if (commit != 4 && commit != 8) {
		hu_trace_head_close(ret);
		return hu_err(HU_ERR_BAD_INPUT,
			      "the description of its pages gives a commit word "
			      "of %d bytes",
			      commit);
	}
	ret->commit_size = (uint32_t)commit;
	return NULL;
}

void hu_trace_head_close(struct hu_trace_head *head)
{
	tracecmd_close(head->handle);
	*head = (struct hu_trace_head){0};
}

#endif
