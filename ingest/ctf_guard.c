/*
 * libbabeltrace2 ends the program when its own plugin calls it against its rules, and the plugin of
 * 2.0 passes on some of what a trace says without a look. These functions are part of the library's
 * interface, and the dynamic linker asks the program first: so the plugin finds the ones below,
 * which look, and go on to the library's own.
 *
 * The length of a sequence is a number in the event. babeltrace 2.0 allocates a field for each
 * element before it reads the first one, so that one flipped bit costs gigabytes, or ends the
 * program in GLib's allocator; and it never frees them before the trace ends.
 *
 * What is left are assertions in the plugin that metadata can break (Debian builds them in). They
 * end in abort(), which a handler may leave by a jump; what the library was about to do is then
 * given up with all its memory.
 */
#include "db/text.h"

#ifdef HU_HAVE_BABELTRACE2
#include "ingest/ctf_guard.h"

#include <babeltrace2/babeltrace.h>
#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
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

/* The library's function behind ours. */
static void find(const char *name, void *ret, size_t size)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(ret, &found, size);
}

typedef bt_field_array_dynamic_set_length_status (*set_length_fn)(bt_field *field, uint64_t length);

bt_field_array_dynamic_set_length_status bt_field_array_dynamic_set_length(bt_field *field,
									   uint64_t length)
{
	static set_length_fn theirs;

	if (!theirs)
		find("bt_field_array_dynamic_set_length", &theirs, sizeof(theirs));
	if (!theirs || length > longest || (length > SHORT && length > budget))
		return BT_FIELD_DYNAMIC_ARRAY_SET_LENGTH_STATUS_MEMORY_ERROR;
	if (length > SHORT)
		budget -= length;
	return theirs(field, length);
}

typedef bt_field_class_structure_append_member_status (*append_fn)(bt_field_class *structure,
								   const char *name,
								   bt_field_class *member);

/* Two members of one name: the second one gets another, so that both keep their place. */
bt_field_class_structure_append_member_status bt_field_class_structure_append_member(
	bt_field_class *structure, const char *name, bt_field_class *member)
{
	static append_fn theirs;
	char other[32];

	if (!theirs)
		find("bt_field_class_structure_append_member", &theirs, sizeof(theirs));
	if (!theirs)
		return BT_FIELD_CLASS_STRUCTURE_APPEND_MEMBER_STATUS_MEMORY_ERROR;
	if (bt_field_class_structure_borrow_member_by_name_const(structure, name)) {
		uint64_t count = bt_field_class_structure_get_member_count(structure);
		snprintf(other, sizeof(other), "(member %llu)", (unsigned long long)count);
		name = other;
	}
	return theirs(structure, name, member);
}

/* Assertions; a division by a number out of the metadata; g_error() of GLib. */
static const int caught[] = {SIGABRT, SIGFPE, SIGTRAP};
enum { CAUGHT = sizeof(caught) / sizeof(caught[0]) };

static struct sigaction before[CAUGHT];
static sigjmp_buf back;
static volatile sig_atomic_t inside;

static void on_signal(int number)
{
	if (inside)
		siglongjmp(back, 1);
	/* Ours: as if nobody had armed anything. */
	hu_ctf_guard_disarm();
	raise(number);
}

void hu_ctf_guard_arm(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_NODEFER};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < CAUGHT; i++)
		sigaction(caught[i], &action, &before[i]);
}

void hu_ctf_guard_disarm(void)
{
	for (size_t i = 0; i < CAUGHT; i++)
		sigaction(caught[i], &before[i], NULL);
}

bool hu_ctf_guard_call(void (*fn)(void *with), void *with)
{
	/* no mask to save: SA_NODEFER keeps it as it is */
	if (sigsetjmp(back, 0)) {
		inside = 0;
		return false;
	}
	inside = 1;
	fn(with);
	inside = 0;
	return true;
}

#endif
