/* make_capture FORMAT SEED EVENTS TO - a capture of so many events, out of a small real one. */
#include "bench/make/make.h"

#include <inttypes.h>
#include <string.h>

static const struct {
	const char *name;
	struct hu_err *(*make)(struct order *order);
} formats[] = {
	{"trace.dat", make_tracedat},
	{"perf.data", make_perfdata},
	{"ctf", make_ctf},
};

int main(int argc, char **argv)
{
	struct order order = {0};
	size_t i = 0;

	if (argc == 5)
		while (i < 3 && strcmp(formats[i].name, argv[1]) != 0)
			i++;
	if (argc != 5 || i == 3 || !hu_str_u64(hu_str(argv[3]), 10, &order.events)) {
		fputs("usage: make_capture trace.dat|perf.data|ctf SEED EVENTS TO\n", stderr);
		return 2;
	}
	order.seed = argv[2];
	order.to = argv[4];
	struct hu_err *err = formats[i].make(&order);
	if (err) {
		fprintf(stderr, "make_capture: %s\n", hu_err_text(err));
		hu_err_free(err);
		return 1;
	}
	printf("%" PRIu64 " events, %" PRIu64 " copies of the seed, %" PRIu64
	       " tasks that come and go\n",
	       order.events, order.copies, order.tasks);
	return 0;
}
