/*
 * terminal COMMAND ARGUMENT... - runs a command on a terminal of its own and gives what it writes
 * to the parser of a real emulator (libvterm). Complains of whatever a terminal would obey but line
 * ends, our own colours, and the erasing of our own line of progress. Status 1 if there was any, 3
 * if nothing was written, or the command's own above that: 100 + its status if that is over 1.
 */
#include <errno.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>

static int found;

static void obeyed(const char *what, const char *at, size_t len)
{
	if (found++ > 20)
		return;
	printf("a terminal would obey: %s ", what);
	for (size_t i = 0; i < len && i < 40; i++)
		printf(at[i] >= 0x20 && at[i] < 0x7f ? "%c" : "\\x%02x", (unsigned char)at[i]);
	putchar('\n');
}

/* U+0080 to U+009F are controls for some, and marks that turn the reading direction for all. */
static int text(const char *at, size_t len, void *user)
{
	(void)user;
	for (size_t i = 0; i + 1 < len; i++) {
		const unsigned char *c = (const unsigned char *)at + i;
		if (c[0] == 0xc2 && c[1] < 0xa0)
			obeyed("a C1 control", at + i, 2);
		if (c[0] == 0xe2 && i + 2 < len &&
		    ((c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae) ||
		     (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9)))
			obeyed("a mark that turns the text", at + i, 3);
	}
	return (int)len;
}

static int control(unsigned char c, void *user)
{
	const char byte = (char)c;

	(void)user;
	if (c != '\n' && c != '\r' && c != '\t')
		obeyed("a control", &byte, 1);
	return 1;
}

static int escape(const char *at, size_t len, void *user)
{
	(void)user;
	obeyed("an escape", at, len);
	return 1;
}

/* report/terminal.c's codes: bold, dim, red, green, yellow, and back; cli/voice.c's "\033[K". */
static int csi(const char *leader, const long args[], int count, const char *intermed, char command,
	       void *user)
{
	static const long ours[] = {0, 1, 2, 31, 32, 33};
	bool known = command == 'm' && !(leader && *leader) && !(intermed && *intermed);

	(void)user;
	for (int i = 0; i < count && known; i++) {
		bool one = CSI_ARG_IS_MISSING(args[i]);
		for (size_t k = 0; k < sizeof(ours) / sizeof(ours[0]); k++)
			one |= CSI_ARG(args[i]) == ours[k];
		known = one;
	}
	if (command == 'K' && (!count || CSI_ARG_IS_MISSING(args[0])))
		known = true;
	if (!known)
		obeyed("a sequence", &command, 1);
	return 1;
}

#if VTERM_VERSION_MAJOR == 0 && VTERM_VERSION_MINOR < 2
static int osc(const char *at, size_t len, void *user)
{
	(void)user;
	obeyed("a command to the system", at, len);
	return 1;
}

static int dcs(const char *at, size_t len, void *user)
{
	(void)user;
	obeyed("a command to the device", at, len);
	return 1;
}
#else
static int osc(int number, VTermStringFragment fragment, void *user)
{
	(void)user;
	(void)number;
	obeyed("a command to the system", fragment.str, fragment.len);
	return 1;
}

static int dcs(const char *at, size_t len, VTermStringFragment fragment, void *user)
{
	(void)user;
	(void)fragment;
	obeyed("a command to the device", at, len);
	return 1;
}
#endif

int main(int argc, char **argv)
{
	static const VTermParserCallbacks callbacks = {.text = text,
						       .control = control,
						       .escape = escape,
						       .csi = csi,
						       .osc = osc,
						       .dcs = dcs};
	const struct winsize size = {.ws_row = 40, .ws_col = 120};
	size_t all = 0;
	char piece[4096];
	int fd, status;

	if (argc < 2)
		return 2;
	pid_t child = forkpty(&fd, NULL, NULL, &size);
	if (child < 0)
		return 2;
	if (!child) {
		setenv("TERM", "xterm-256color", 1);
		unsetenv("NO_COLOR");
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	VTerm *vt = vterm_new(40, 120);
	vterm_set_utf8(vt, 1);
	vterm_parser_set_callbacks(vt, &callbacks, NULL);
	for (;;) {
		ssize_t n = read(fd, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) /* EIO: the last one hung up */
			break;
		vterm_input_write(vt, piece, (size_t)n);
		all += (size_t)n;
	}
	vterm_free(vt);
	if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
		return 2;
	if (found)
		return 1;
	if (!all)
		return 3;
	return WEXITSTATUS(status) > 1 ? 100 + WEXITSTATUS(status) : 0;
}
