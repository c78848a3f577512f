/*
 * The length of a sequence is a number in the event. babeltrace 2.0 allocates a field for each
 * element before it reads the first one, so that one flipped bit costs gigabytes, or ends the
 * program in GLib's allocator; and it never frees them before the trace ends. The function that its
 * plugin calls for that is part of the library's interface, and the dynamic linker asks the program
 * first: so it finds the one below, which looks at the length and goes on to the library's own.
 */
#include "db/text.h"

#ifdef HU_HAVE_BABELTRACE2
#include "ingest/ctf_guard.h"

#include <babeltrace2/babeltrace.h>
#include <dlfcn.h>
#include <string.h>

enum {
	SHORT = 4096,	  /* longer ones are paid for */
	BUDGET = 4 << 20, /* of a whole trace: elements of some 80 bytes */
	LONGEST = 1 << 18,
};

static uint64_t longest = LONGEST, budget = BUDGET;

void hu_ctf_guard_begin(uint64_t bytes)
{
	longest = bytes < LONGEST / 8 ? bytes * 8 : LONGEST;
	budget = BUDGET;
}

typedef bt_field_array_dynamic_set_length_status (*set_length_fn)(bt_field *field, uint64_t length);

bt_field_array_dynamic_set_length_status bt_field_array_dynamic_set_length(bt_field *field,
									   uint64_t length)
{
	static set_length_fn theirs;

	if (!theirs) {
		void *found = dlsym(RTLD_NEXT, "bt_field_array_dynamic_set_length");
		memcpy(&theirs, &found, sizeof(theirs));
	}
	if (!theirs || length > longest || (length > SHORT && length > budget))
		return BT_FIELD_DYNAMIC_ARRAY_SET_LENGTH_STATUS_MEMORY_ERROR;
	if (length > SHORT)
		budget -= length;
	return theirs(field, length);
}

#endif
