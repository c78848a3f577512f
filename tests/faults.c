/*
 * The program with readers that go wrong: HOLDUP_FAULT="WHAT:PATH" makes the reader of the member
 * whose path ends in PATH do WHAT; "symbols-WHAT" does it where symbols are looked for. Several
 * with commas between. Never part of the program that is installed.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "db/text.h"
#include "ingest/bundle.h"
#include "ingest/load_parts.h"
#include "tests/faults.h"

static void die_of(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}

/* A file is mapped, loses its bytes, and is read. */
static void lose_bytes(void)
{
	HU_CLEANUP(hu_freep) char *path = NULL;

	if (asprintf(&path, "%s/mapped", getenv("TMPDIR")) < 0)
		abort();
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, 4096) < 0)
		_exit(99);
	signal(SIGBUS, SIG_DFL);
	volatile char *at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (ftruncate(fd, 0) < 0)
		_exit(99);
	_exit(*at ? 98 : 97);
}

/* Says that it is here, and waits until the member is shorter: tests/hostile.c cuts it. */
static void wait_for_cut(const char *member)
{
	HU_CLEANUP(hu_freep) char *path = NULL;
	const struct timespec moment = {0, 10000000};

	(void)member;
	if (asprintf(&path, "%s/here", getenv("TMPDIR")) < 0)
		abort();
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	/* The other side removes the mark when it has done it. */
	for (int i = 0; i < 3000 && access(path, F_OK) == 0; i++)
		nanosleep(&moment, NULL);
}

static void eat(void)
{
	for (;;)
		memset(hu_alloc(1 << 20), 1, 1 << 20);
}

static int deepest = 1 << 30; /* never reached */

static void overflow(int depth)
{
	volatile char room[4096];

	room[0] = (char)depth;
	if (depth < deepest)
		overflow(depth + 1);
	room[1] = room[0];
}

/* Bytes that no reader says, in every place where a parent could hear them. */
static void lie(void)
{
	char noise[4096];

	memset(noise, 0x5a, sizeof(noise));
	for (int fd = 3; fd < 64; fd++)
		if (write(fd, noise, sizeof(noise)) < 0)
			continue;
	_exit(0);
}

enum { LONG = 25 }; /* seconds: more than any limit of time that a test sets */

static void go_wrong(struct hu_str what, const char *path)
{
	if (hu_str_is(what, "crash"))
		die_of(SIGSEGV);
	else if (hu_str_is(what, "abort"))
		die_of(SIGABRT);
	else if (hu_str_is(what, "killed"))
		die_of(SIGKILL);
	else if (hu_str_is(what, "spin")) /* ends, so that a test without the limit does */
		while (clock() < LONG * CLOCKS_PER_SEC)
			;
	else if (hu_str_is(what, "sleep"))
		sleep(LONG);
	else if (hu_str_is(what, "eat"))
		eat();
	else if (hu_str_is(what, "overflow"))
		overflow(0);
	else if (hu_str_is(what, "exit"))
		_exit(3);
	else if (hu_str_is(what, "leave"))
		_exit(0);
	else if (hu_str_is(what, "lie"))
		lie();
	else if (hu_str_is(what, "sigbus"))
		lose_bytes();
	else if (hu_str_is(what, "socket"))
		_exit(socket(AF_INET, SOCK_STREAM, 0) < 0 ? 96 : 95);
	else if (hu_str_is(what, "outside"))
		_exit(open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? 94 : 93);
	else if (hu_str_is(what, "wait"))
		wait_for_cut(path);
}

static void fault(enum hu_phase phase, const char *path)
{
	struct hu_str all = hu_str(getenv("HOLDUP_FAULT"));

	while (all.len) {
		struct hu_str where = hu_str_split(&all, ','), what = hu_str_split(&where, ':');
		bool symbols = hu_str_starts(what, "symbols-");
		if (symbols)
			what = hu_str_skip(what, strlen("symbols-"));
		HU_CLEANUP(hu_freep) char *end = hu_strdup(where);
		if (symbols == (phase == HU_PHASE_SYMBOLS) && *end &&
		    hu_str_ends(hu_str(path), end))
			go_wrong(what, path);
	}
}

int main(int argc, char **argv)
{
	hu_load_fault = fault;
	return holdup_main(argc, argv);
}
