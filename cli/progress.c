/* Progress: one line on a terminal, written over and over. */
#include "cli/cli.h"
#include "cli/pace.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static bool progress_shown;

void cli_progress_end(void)
{
	if (progress_shown)
		fputs("\r\033[K", stderr);
	progress_shown = false;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void cli_progress_line(const char *text)
{
	struct winsize size;
	size_t len = strlen(text);
	size_t width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1
			       ? size.ws_col - 1u
			       : 79;

	fprintf(stderr, "\r\033[K%.*s", (int)(len < width ? len : width), text);
	progress_shown = true;
}

static struct {
	struct cli_pace pace;
	struct hu_out member; /* "3/41 trace.dat" */
	int64_t shown_ms;
} state;

enum { LINE_MS = 100 };

static void show_member(void *data, const char *what, int64_t done, int64_t of)
{
	(void)data;
	hu_out_clear(&state.member);
	if (of > 1)
		hu_out_printf(&state.member, "%" PRId64 "/%" PRId64 " ", done + 1, of);
	cli_put_safe(&state.member, hu_str(what));
	hu_out_puts(&state.member, "");
	if (now_ms() - state.shown_ms < LINE_MS)
		return;
	state.shown_ms = now_ms();
	cli_progress_line(state.member.at);
}

static void show_within(void *data, int64_t bytes, int64_t of, int64_t rows)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out line = {0};
	int64_t now = now_ms();

	(void)data;
	if (now - state.shown_ms < LINE_MS)
		return;
	state.shown_ms = now;
	hu_out_str(&line, hu_out_view(&state.member));
	cli_pace_put(&state.pace, now, bytes, of, rows, &line);
	hu_out_puts(&line, "");
	cli_progress_line(line.at);
}

const struct hu_progress *cli_progress(bool quiet)
{
	static const struct hu_progress progress = {show_member, NULL, show_within};

	if (quiet || !isatty(STDERR_FILENO))
		return NULL;
	cli_pace_begin(&state.pace, now_ms());
	return &progress;
}

void cli_progress_stage(const char *what)
{
	if (isatty(STDERR_FILENO))
		cli_progress_line(what);
}
