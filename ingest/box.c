/* The walls around a worker, and the words for how it ended. */
#include "ingest/box.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hu_err *hu_box_enter(const struct hu_bundle *bundle)
{
	enum { FILES = 65536 }; /* a trace of many CPUs has one per CPU and channel open */
	HU_CLEANUP(hu_freep)
	const char **read_only = hu_alloc((bundle->input_count + 4) * sizeof(char *));
	const char *read_write[] = {hu_scratch_path(bundle->scratch), NULL};
	const struct hu_limits *limits = &bundle->limits;
	size_t n = 0;

	/* Readers that need a folder of their own make it in there. */
	setenv("TMPDIR", read_write[0], 1);
	for (; n < bundle->input_count; n++)
		read_only[n] = bundle->inputs[n];
	/* What the C library looks up: character sets and time zones. */
	read_only[n++] = "/usr/lib/locale";
	read_only[n++] = "/usr/share/zoneinfo";
	read_only[n++] = "/etc/localtime";
	const struct hu_sandbox walls = {
		.kind = HU_SANDBOX_READER,
		.read_only = read_only,
		.read_write = read_write,
		.memory = limits->memory,
		/* readers map members, packed ones unpacked */
		.mapped = bundle->bytes + limits->bytes,
		.file_bytes = limits->bytes,
		/* the parent looks at each member's time; this is for when it cannot */
		.cpu_s = limits->bundle_s + limits->member_s,
		.files = FILES,
	};
	return hu_sandbox_enter(&walls);
}

int hu_box_failed(struct hu_wire_out *w, struct hu_err *err)
{
	hu_wire_int(w, hu_err_code(err));
	hu_wire_text(w, hu_err_text(err));
	hu_wire_send(w, HU_SAID_FAILED);
	hu_err_free(err);
	return 1;
}

struct hu_err *hu_box_error(struct hu_heard *heard)
{
	int64_t code = hu_heard_int(heard);
	HU_CLEANUP(hu_freep) char *text = hu_heard_text(heard);

	if (heard->broken || code < HU_ERR_NOMEM || code > HU_ERR_BUG || !text)
		return NULL;
	return hu_err((enum hu_err_code)code, "%s", text);
}

static char *formatted(const char *fmt, int64_t value)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out number = {0};
	char *text = NULL;

	hu_out_grouped(&number, value);
	if (asprintf(&text, fmt, number.at) < 0)
		hu_no_memory();
	return text;
}

char *hu_box_end(struct hu_wire_in *in, enum hu_hearing last, const struct hu_limits *limits,
		 bool *fault, hu_ns *cpu)
{
	*cpu = hu_child_cpu(in->child);
	struct hu_end end = hu_child_end(in->child, last != HU_HEARD_END);

	in->child = NULL;
	*fault = false;
	if (last == HU_HEARD_SLOW)
		return formatted("its reader needed more than %s s, the limit member-time",
				 limits->member_s);
	*fault = true;
	if (last == HU_HEARD_ODD)
		return hu_strdup(hu_str("its reader said what no reader says, and was ended"));
	*fault = false;
	if (end.how == HU_ENDED_NOMEM)
		return formatted("its reader found no more memory; the limit memory is %s bytes",
				 limits->memory);
	if (end.how == HU_ENDED_SIGNAL && end.number == SIGBUS)
		return hu_strdup(hu_str("the file became shorter while it was read, or its disk "
					"failed (SIGBUS)"));
	if (end.how == HU_ENDED_SIGNAL && end.number == SIGKILL)
		return hu_strdup(hu_str("its reader was killed from outside, perhaps for lack of "
					"memory (SIGKILL)"));
	*fault = end.how != HU_ENDED_CPU;
	HU_CLEANUP(hu_freep) char *said = hu_end_text(end);
	char *text = NULL;
	if (asprintf(&text, "its reader did not end well: %s", said) < 0)
		hu_no_memory();
	return text;
}
