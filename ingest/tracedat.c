/* trace.dat, what trace-cmd(1) records: the reader. tracedat_file.c knows the container,
 * tracedat_run.c what is in it. */
#include "db/text.h"

#ifdef HU_HAVE_TRACECMD
#include "ingest/reader.h"
#include "ingest/symtab.h"
#include "ingest/tracedat_run.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

extern const struct hu_reader_ops hu_reader_tracedat;

static enum hu_match probe(const struct hu_probe *in)
{
	static const char magic[] = "\x17\x08\x44tracing";

	return !in->is_dir && hu_str_starts(in->head, magic) ? HU_MATCH_CERTAIN : HU_MATCH_NO;
}

/*
 * What trace-cmd writes for latency tracers (wakeup, irqsoff): not records, but what the kernel
 * printed of them, the text of the file "trace". Whoever reads such a text reads this one.
 */
static struct hu_err *read_latency(struct hu_trace_file *file, const struct hu_surroundings *around,
				   struct hu_sink *to)
{
	struct hu_str text = file->latency_text;
	const char *why;
	char path[32];
	struct hu_probe head = {.path = "trace", .head = text};

	if (head.head.len > HU_PROBE_BYTES)
		head.head.len = HU_PROBE_BYTES;
	const struct hu_reader_ops *reader = text.len ? hu_probe(&head, &why) : NULL;
	if (!reader || reader == &hu_reader_tracedat) /* a file in a file has no end */
		return hu_trace_run(file, around, to);
	hu_symtab_destroy(hu_symtab_create(hu_trace_counted(file, file->kallsyms, 4), to));
	int fd = memfd_create("holdup-trace-text", MFD_CLOEXEC);
	if (fd < 0)
		return hu_err_os(errno, "cannot make room for the text of a latency tracer");
	for (size_t done = 0; done < text.len;) {
		ssize_t n = write(fd, text.at + done, text.len - done);
		if (n <= 0) {
			struct hu_err *err = hu_err_os(n ? errno : ENOSPC,
						       "cannot copy the text of a latency tracer");
			close(fd);
			return err;
		}
		done += (size_t)n;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct hu_err *err = hu_read(reader, path, around, to);
	close(fd);
	return err;
}

static struct hu_err *read_tracedat(const char *path, const struct hu_surroundings *around,
				    struct hu_sink *to)
{
	HU_CLEANUP(hu_trace_file_closep) struct hu_trace_file *file = NULL;
	struct hu_err *err = hu_trace_file_open(path, &file);

	if (err)
		return err;
	if (file->latency && !file->buffers)
		return read_latency(file, around, to);
	return hu_trace_run(file, around, to);
}

/* uname: "Linux host 6.1.0-50-amd64 x86_64" */
static void carried_symbols(const char *path, struct hu_out *text, struct hu_out *release)
{
	HU_CLEANUP(hu_trace_file_closep) struct hu_trace_file *file = NULL;
	struct hu_err *err = hu_trace_file_open(path, &file);

	hu_err_free(err);
	if (err)
		return;
	struct hu_str uname = file->uname;
	hu_str_word(&uname);
	hu_str_word(&uname);
	hu_out_str(release, hu_str_word(&uname));
	hu_out_str(text, hu_trace_counted(file, file->kallsyms, 4));
}

const struct hu_reader_ops hu_reader_tracedat = {
	.name = "tracedat",
	.binary = true,
	.reads = "trace.dat of trace-cmd, versions 6 and 7, plain or compressed",
	.clock = HU_CLOCK_IN_FILE,
	.probe = probe,
	.read_among = read_tracedat,
	.symbols = carried_symbols,
};

#endif
