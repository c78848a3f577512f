/*
 * scripts/torture's worker: torture [OPTIONS] FIXTURES breaks every capture in every way, runs the
 * program on it, and counts what is not as it must be. Shaped for hundreds of captures and a
 * million runs of ten milliseconds: it goes round them in passes, so that a campaign that ends
 * early has tried all captures alike, and writes its counts after each.
 */
#include "tests/torture.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "sandbox/private.h"
#include "tests/support.h"

struct options {
	const char *only, *labels, *tally, *log, *harm, *defect, *root, *known;
	size_t places, pass, every, first, most;
	uint64_t seed;
	double minutes;
	bool boxed, verbose;
};

struct campaign {
	struct options o;
	struct hu_tallies tallies;
	struct hu_bounds bounds;
	char *head;
	FILE *log;
	struct hu_out known; /* lines "CAPTURE HARM NUMBER" of what is wrong today */
	size_t to;	     /* this pass goes so far with each */
	size_t runs, wrong, nth;
	time_t end;
	bool late;
};

/* The case is on the list of those that are known to be wrong. */
static bool is_known(const struct campaign *all, const struct hu_capture *c,
		     const struct hu_case *k)
{
	HU_CLEANUP(hu_freep)
	char *line = hu_test_format("\n%s %s %zu\n", c->name, hu_harm_names[k->harm], k->n);

	return all->known.len && strstr(all->known.at, line);
}

static void tell(struct campaign *all, const struct hu_capture *c, const struct hu_case *k,
		 const struct hu_run *run)
{
	bool known = k && is_known(all, c, k), wrong = false;

	for (size_t i = 0; i < HU_WRONGS; i++)
		wrong |= run->broken[i].len > 0;
	if (known && wrong)
		return;
	if (known) {
		fprintf(all->log, "%s %s %zu: is not wrong any more: take it out of %s\n", c->name,
			hu_harm_names[k->harm], k->n, all->o.known);
		all->wrong++;
	}
	for (size_t i = 0; i < HU_WRONGS; i++) {
		if (!run->broken[i].len)
			continue;
		fprintf(all->log, "%s %s %zu: %s: %s: %.1200s", c->name,
			k ? hu_harm_names[k->harm] : "whole", k ? k->n : 0, hu_wrong_names[i],
			k ? k->what.at : "", run->broken[i].at);
		all->wrong++;
	}
	fflush(all->log);
}

static void do_case(struct campaign *all, const struct hu_capture *c, const struct hu_run *whole,
		    struct hu_tally *t)
{
	struct hu_case k = {.harm = t->harm, .n = all->o.first + t->cases, .seed = all->o.seed};
	struct hu_bounds bounds = all->bounds;
	struct hu_run run;

	/* The sandbox costs more than a small capture: every sixteenth. */
	bounds.boxed = all->o.boxed || k.n % 16 == 15;
	hu_case_do(c, &k);
	hu_run_do(c, k.bundle ? k.bundle : c->bundle, &bounds, &run);
	hu_run_judge(c, &k, whole, &run);
	if (all->o.verbose)
		fprintf(all->log, "%s %s %zu: %s: status %d\n", c->name, hu_harm_names[k.harm], k.n,
			k.what.at, run.status);
	tell(all, c, &k, &run);
	for (size_t i = 0; i < HU_WRONGS; i++)
		t->wrong[i] += run.broken[i].len > 0;
	t->bytes = c->bytes;
	t->cases++;
	all->runs++;
	hu_run_deinit(&run);
	hu_case_undo(c, &k);
	all->late |= all->end && time(NULL) >= all->end;
}

static void do_capture(struct hu_capture *c, void *data)
{
	struct campaign *all = data;
	struct hu_run whole = {0};
	bool ran = false;

	if (all->late || (all->o.most && c->bytes > all->o.most) || all->nth++ % all->o.every != 0)
		return;
	for (int harm = 0; harm < HU_HARMS; harm++) {
		size_t count = hu_case_count(c, (enum hu_harm)harm, all->o.first + all->o.places);
		struct hu_tally *t;
		if (!count || (all->o.harm && strcmp(all->o.harm, hu_harm_names[harm]) != 0))
			continue;
		t = hu_tally_of(&all->tallies, c->name, c->group, (enum hu_harm)harm);
		while (!all->late && all->o.first + t->cases < count && t->cases < all->to) {
			if (!ran) {
				struct hu_bounds bounds = all->bounds;
				bounds.defect = NULL;
				hu_run_do(c, c->bundle, &bounds, &whole);
				hu_run_judge(c, NULL, NULL, &whole);
				tell(all, c, NULL, &whole);
				ran = true;
			}
			do_case(all, c, &whole, t);
		}
	}
	hu_run_deinit(&whole);
	/* what a large bundle has cost is not tried again */
	if (ran && all->o.tally)
		hu_tallies_write(all->o.tally, all->head, &all->tallies);
}

static int campaign(struct campaign *all, const char *folder)
{
	struct hu_out table HU_CLEANUP(hu_out_deinit) = {0};
	char *root = all->o.root ? hu_test_format("%s", all->o.root) : hu_test_tempdir();
	size_t found = 0;

	mkdir(root, 0700);
	while (!all->late && all->to < all->o.places) {
		all->to += all->o.pass;
		if (all->to > all->o.places)
			all->to = all->o.places;
		all->nth = 0;
		found = hu_captures(folder, all->o.labels, all->o.only, root, do_capture, all);
	}
	hu_test_remove(root);
	free(root);
	if (!found && !all->late) {
		printf("no such capture in %s\n", folder);
		return 2;
	}
	hu_tallies_table(&all->tallies, &table);
	printf("%s\n%zu runs, %zu findings now%s\n", table.at, all->runs, all->wrong,
	       all->late ? "; the time is up: the next call goes on" : "");
	return all->wrong > 0;
}

/* The table of a file alone, for the documents. */
static int show(const char *path)
{
	struct hu_out table HU_CLEANUP(hu_out_deinit) = {0};
	struct hu_tallies all = {0};
	bool ok = hu_tallies_read(path, NULL, &all);

	hu_tallies_table(&all, &table);
	fputs(table.at, stdout);
	hu_tallies_deinit(&all);
	return !ok;
}

static int usage(void)
{
	fprintf(stderr, "usage: torture [-v] [-b] [-n PLACES] [-p PASS] [-e EVERY] [-f FIRST] [-z "
			"BYTES] [-m MINUTES] "
			"[-s SEED] [-i CAPTURES] [-k HARM]\n"
			"               [-l LABELS.json] [-t COUNTS.tsv] [-g LOG] [-w FOLDER] [-x "
			"KNOWN] [-d DEFECT] "
			"FOLDER\n"
			"       torture -T COUNTS.tsv\n");
	return 2;
}

static bool parse(int argc, char **argv, struct options *o, const char **table)
{
	static const char letters[] = "vbn:p:e:f:m:s:i:k:l:t:g:w:x:z:d:T:";

	for (int c = getopt(argc, argv, letters); c != -1; c = getopt(argc, argv, letters)) {
		switch (c) {
		case 'v':
			o->verbose = true;
			break;
		case 'b':
			o->boxed = true;
			break;
		case 'n':
			o->places = strtoul(optarg, NULL, 10);
			break;
		case 'p':
			o->pass = strtoul(optarg, NULL, 10);
			break;
		case 'e':
			o->every = strtoul(optarg, NULL, 10);
			break;
		case 'f':
			o->first = strtoul(optarg, NULL, 10);
			break;
		case 'm':
			o->minutes = strtod(optarg, NULL);
			break;
		case 's':
			o->seed = strtoull(optarg, NULL, 10);
			break;
		case 'i':
			o->only = optarg;
			break;
		case 'k':
			o->harm = optarg;
			break;
		case 'l':
			o->labels = optarg;
			break;
		case 't':
			o->tally = optarg;
			break;
		case 'g':
			o->log = optarg;
			break;
		case 'w':
			o->root = optarg;
			break;
		case 'x':
			o->known = optarg;
			break;
		case 'z':
			o->most = strtoul(optarg, NULL, 10);
			break;
		case 'd':
			o->defect = optarg;
			break;
		case 'T':
			*table = optarg;
			break;
		default:
			return false;
		}
	}
	return *table || (argc - optind == 1 && o->places && o->pass && o->every);
}

int main(int argc, char **argv)
{
	struct campaign all = {.o = {.places = 1000, .pass = 20, .every = 1, .seed = 1}};
	const char *table = NULL;

	if (!parse(argc, argv, &all.o, &table))
		return usage();
	if (table)
		return show(table);
	all.bounds = (struct hu_bounds){.seconds = HU_SANITIZED ? 120 : 30,
					.memory = (uint64_t)3 << 30,
					.defect = all.o.defect};
	if (all.o.defect) {
		all.bounds.seconds = HU_SANITIZED ? 5 : 2;
		all.bounds.memory = (uint64_t)512 << 20;
	}
	all.head = hu_test_format("# seed %llu", (unsigned long long)all.o.seed);
	all.log = all.o.log ? fopen(all.o.log, "ae") : stdout;
	hu_out_putc(&all.known, '\n');
	if (!all.log || (all.o.known && !hu_test_slurp(all.o.known, &all.known)))
		return usage();
	if (all.o.minutes > 0)
		all.end = time(NULL) + (time_t)(all.o.minutes * 60);
	int status = 2;
	if (!all.o.tally || !hu_test_is_file(all.o.tally) ||
	    hu_tallies_read(all.o.tally, all.head, &all.tallies))
		status = campaign(&all, argv[optind]);
	if (all.log != stdout)
		fclose(all.log);
	hu_tallies_deinit(&all.tallies);
	hu_out_deinit(&all.known);
	free(all.head);
	return status;
}
