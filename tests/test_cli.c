/*
 * The program as people and scripts meet it: exit statuses, where output goes and what it never
 * overwrites, that a folder and its tar give the same report, that a query only reads.
 */
#include "tests/test.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/text.h"

static char program[PATH_MAX + 16];
static struct hu_out said; /* both outputs of the last run */

/* Runs `command` in a shell, where $H is the program; returns its exit status. */
static int sh(const char *command)
{
	char piece[4096];
	size_t n;

	hu_out_clear(&said);
	TEST_CASE("%s", command);
	HU_CLEANUP(hu_freep) char *line = NULL;
	if (asprintf(&line, "{ %s ; } 2>&1", command) < 0)
		abort();
	FILE *in = popen(line, "re");
	if (!in)
		return -1;
	while ((n = fread(piece, 1, sizeof(piece), in)) > 0)
		hu_out_bytes(&said, piece, n);
	int status = pclose(in);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define RUN(command, want)                                                                         \
	do {                                                                                       \
		if (!CHECK_INT(sh(command), want))                                                 \
			printf("%s\n", said.at);                                                   \
	} while (0)

/* A case of one capture that is read, one file that nobody reads, in a folder and in two tars. */
static void make_cases(void)
{
	RUN("mkdir -p case/sub && printf '"
	    "procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu----- "
	    "-----timestamp-----\\n"
	    " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st      "
	    "           UTC\\n"
	    " 1  0      0 201456   5660 106460    0    0   553    47  341  610  4 12 82  2  0 "
	    "2026-11-22 01:15:31\\n"
	    " 0  0      0 201204   5668 106460    0    0     0    52 1071 2040  6 43 52  0  0 "
	    "2026-11-22 01:15:32\\n"
	    " 0  0      0 201100   5668 106460    0    0     0     8  971 1840  5 41 54  0  0 "
	    "2026-11-22 01:15:33\\n' >case/sub/vmstat.txt && printf '\\001\\002\\003' "
	    ">case/odd.bin",
	    0);
	RUN("tar cf case.tar case && gzip -k case.tar && tar cf flat.tar -C case .", 0);
	RUN("mkdir empty other && echo precious >other/notes.txt && : >nothing.txt", 0);
}

static void usage(void)
{
	RUN("$H", 2);
	RUN("$H --version", 0);
	CHECK_STR(said.at, "holdup " HU_VERSION "\n");
	RUN("$H help", 0);
	CHECK_HAS(said.at, "analyze");
	RUN("$H analyze --help", 0);
	CHECK_HAS(said.at, "--threshold");
	RUN("$H help query", 0);
	RUN("$H anlyze case", 2);
	CHECK_HAS(said.at, "did you mean \"analyze\"?");
	RUN("$H batch case", 2);
	RUN("$H analyze", 2);
	RUN("$H analyze case case", 2);
	RUN("$H analyze --treshold=1s case", 2);
	CHECK_HAS(said.at, "did you mean --threshold?");
	RUN("$H analyze case --threshold 5", 2);
	RUN("$H analyze case --threshold", 2);
	RUN("$H analyze case --from yesterday", 2);
	RUN("$H analyze case --from 3 --to 2", 2);
	RUN("$H analyze case -f pdf", 2);
	RUN("$H analyze case --fail-on clear", 2);
	RUN("ls -d *.holdup", 2);
}

static void nothing_usable(void)
{
	RUN("$H analyze missing", 3);
	CHECK_HAS(said.at, "No such file");
	RUN("$H analyze empty", 3);
	CHECK_HAS(said.at, "a folder without files");
	RUN("$H analyze nothing.txt", 3);
	CHECK_HAS(said.at, "an empty file");
	RUN("ls -d *.holdup", 2);
	/* A bundle that holds something has a report that says what. */
	RUN("$H analyze case/odd.bin -o odd", 3);
	CHECK_HAS(said.at, "nothing usable");
	RUN("grep -q 'binary data of no known format' odd/report.json", 0);
}

static void output_folder(void)
{
	RUN("$H analyze case --fail-on found", 0);
	RUN("cat case.holdup/.holdup case.holdup/report.html case.holdup/report.md "
	    "case.holdup/report.json case.holdup/store.db >whole",
	    0);
	RUN("$H analyze case -o other", 2);
	CHECK_HAS(said.at, "did not make it");
	RUN("ls -A other", 0);
	CHECK_STR(said.at, "notes.txt\n");
	RUN("$H analyze case -o nothing.txt", 2);
	RUN("$H analyze case -o empty", 0);
	RUN("echo mine >case.holdup/notes.txt && $H analyze case -q -f json", 0);
	RUN("ls -A case.holdup", 0);
	CHECK_STR(said.at, ".holdup\nnotes.txt\nreport.json\nstore.db\n");
	RUN("$H analyze case.holdup", 3);
	CHECK_HAS(said.at, "is what holdup wrote");
	/* Output inside the bundle is no part of it, the second time either. */
	RUN("cp -r case inside && $H analyze inside -o inside/out -q && cp inside/out/report.md "
	    "1.md "
	    "&& $H analyze inside -o inside/out -q && cmp 1.md inside/out/report.md",
	    0);
	RUN("cd inside && $H analyze . -q && cmp ../1.md inside.holdup/report.md", 0);
	RUN("find . -name '.case*' -o -name '.inside*' -o -name '.out*' -o -name '.empty*'", 0);
	CHECK_STR(said.at, "");
}

/* The form for mails, and a page for a narrow terminal. */
static void forms(void)
{
	RUN("rm -rf plain && $H analyze case -f plain,md -o plain -q >/dev/null && ls plain", 0);
	CHECK_STR(said.at, "report.md\nreport.txt\nstore.db\n");
	RUN("$H report plain --plain | cmp - plain/report.txt", 0);
	RUN("$H report plain -f plain | cmp - plain/report.txt", 0);
	RUN("$H report plain --plain -f html", 2);
	CHECK_HAS(said.at, "which of the two");
	RUN("COLUMNS=50 $H report plain >narrow && ! LC_ALL=C.UTF-8 grep -qE '^.{51}' narrow && "
	    "test $(wc -l <narrow) -le 24",
	    0);
}

static void same_report(void)
{
	RUN("$H analyze case -o a -q && $H analyze case.tar -o b -q && $H analyze case.tar.gz -o c "
	    "-q",
	    0);
	CHECK_HAS(said.at, "b/report.html");
	CHECK(!strchr(said.at, '\033'));
	RUN("for f in report.html report.md report.json; do cmp a/$f b/$f && cmp a/$f c/$f || exit "
	    "9; "
	    "done",
	    0);
	/* Why it was taken, and for what was not taken what was tried. */
	RUN("$H inspect case -q", 0);
	CHECK_HAS(said.at, "line 2 decides: \"r  b   swpd");
	CHECK_HAS(said.at, "odd.bin: binary data of no known format; asked ");
	CHECK_HAS(said.at, "it begins with 01 02 03");
	RUN("mkdir near && { printf '1\\n2\\n3\\n4\\n'; cat case/sub/vmstat.txt; } >near/c.txt && "
	    "seq 9 >near/d.txt && $H inspect near -q",
	    3);
	CHECK_HAS(said.at, "c.txt: text of no known format; asked ");
	CHECK_HAS(said.at, "vmstat would take what begins in line 3, but not what stands above");
	CHECK_HAS(said.at, "d.txt: text of no known format; asked ");
	CHECK_HAS(said.at, "none knows a line of its beginning: \"1\"");
	RUN("cp flat.tar case-flat.tar && $H inspect case --json -q >a.json; mkdir m && "
	    "mv case-flat.tar m/case.tar && $H inspect m/case.tar --json -q | cmp - a.json",
	    0);
	/* printf … | sha256sum per member, sorted, and hashed again. */
	RUN("want=$(cd case && find . -type f | sed 's,^./,,' | xargs sha256sum | LC_ALL=C sort | "
	    "sha256sum | cut -c 1-64); grep -q \"$want\" a/report.json",
	    0);
}

static void damaged(void)
{
	/* The magic of trace.dat and nothing behind it. */
	RUN("cp -r case hurt && printf '\\027\\010Dtracing7' >hurt/trace.dat", 0);
	RUN("$H analyze hurt", 1);
	CHECK_HAS(said.at, "recognised as tracedat, but nothing could be read");
	RUN("mkdir only && cp hurt/trace.dat only && $H analyze only", 3);
	/* Members come as the file system lists them: cut in the last one, 512 bytes of header. */
	RUN("tar cf ordered.tar case/sub/vmstat.txt case/odd.bin && head -c 1300 ordered.tar "
	    ">cut.tar && "
	    "$H analyze cut.tar",
	    0);
	RUN("grep -q 'the archive is cut or damaged' cut.holdup/report.json", 0);
	RUN("head -c 982 ordered.tar >cut.tar && $H inspect cut.tar", 0);
	CHECK_HAS(said.at, "read in part");
	CHECK_HAS(said.at, "gives only 470 of this member's");
	RUN("iconv -f UTF-8 -t UTF-16 case/sub/vmstat.txt >case16.txt && $H analyze case16.txt", 3);
	CHECK_HAS(said.at, "iconv");
	RUN("gzip -c case/sub/vmstat.txt >v.txt.gz && $H inspect v.txt.gz", 0);
	CHECK_HAS(said.at, "inside gzip");
}

static void stores(void)
{
	RUN("$H ingest case -o s.db", 0);
	RUN("cp s.db before.db && $H ingest case -o s.db", 2);
	CHECK_HAS(said.at, "nothing is overwritten");
	RUN("$H ingest case case/odd.bin -o two.db", 0);
	RUN("$H query two.db 'SELECT path FROM source ORDER BY path' --csv", 0);
	CHECK_STR(said.at, "path\ncase/odd.bin\ncase/sub/vmstat.txt\nodd.bin\n");
	RUN("$H report s.db -f json -o - | cmp - a/report.json", 0);
	RUN("$H report a -f md -o r.md && cmp r.md a/report.md", 0);
	RUN("$H query a \"SELECT 9007199254740993 AS big, 23 AS n, NULL AS z, char(27) AS t\" "
	    "--json",
	    0);
	CHECK_STR(said.at, "[\n{\"big\": \"9007199254740993\", \"n\": 23, \"z\": null, \"t\": "
			   "\"\\u001b\"}\n]\n");
	static const char *const refused[] = {
		"DELETE FROM source",
		"ATTACH 'x.db' AS x",
		"PRAGMA user_version = 7",
		"CREATE TEMP TABLE t (a)",
		"PRAGMA journal_mode=WAL",
		"SELECT 1; SELECT 2",
		"VACUUM INTO 'x.db'",
		"BEGIN",
		"SELEC",
		"",
	};
	TEST_EACH(i, refused)
	{
		HU_CLEANUP(hu_freep) char *command = NULL;
		if (asprintf(&command, "$H query s.db \"%s\"", refused[i]) < 0)
			abort();
		RUN(command, 2);
	}
	RUN("ls x.db", 2);
	RUN("cmp s.db before.db", 0);
	RUN("$H query case.tar 'SELECT 1'", 3);
	CHECK_HAS(said.at, "not a store");
	RUN("$H query missing.db 'SELECT 1'", 3);
}

int main(void)
{
	char folder[] = "/tmp/cli-test.XXXXXX", self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return 1;
	self[n] = '\0';
	snprintf(program, sizeof(program), "%s/../holdup", dirname(self));
	if (!mkdtemp(folder) || chdir(folder) != 0 || setenv("H", program, 1) != 0 ||
	    setenv("TMPDIR", folder, 1) != 0)
		return 1;
	make_cases();
	usage();
	nothing_usable();
	output_folder();
	forms();
	same_report();
	damaged();
	stores();
	RUN("ls -d holdup.*", 2); /* no scratch folder is left */
	RUN("rm -rf \"$TMPDIR\"", 0);
	hu_out_deinit(&said);
	return test_end();
}
