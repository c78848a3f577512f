/* Heads of ftrace text that no small capture has all of: names, columns and stamps in every form.
 */
#include "ingest/ftext_line.h"
#include "ingest/textfields.h"
#include "tests/test.h"

#define US HU_NS_PER_US

static bool same(struct hu_str s, const char *text)
{
	return hu_str_is(s, text);
}

static void heads(void)
{
	static const struct {
		const char *in, *comm, *name;
		int32_t tid, tgid, cpu;
		hu_ns ts;
		enum hu_context context;
	} cases[] = {
		{"            bash-213   [001] d..2.    70.081809: sched_switch: x", "bash",
		 "sched_switch", 213, -1, 1, 70081809 * US, HU_CTX_TASK},
		{"            bash-213   [001] d.h2    70.081809: e: x", "bash", "e", 213, -1, 1,
		 70081809 * US, HU_CTX_HARDIRQ},
		{"            bash-213   [001]    70.081809: e: x", "bash", "e", 213, -1, 1,
		 70081809 * US, HU_CTX_UNKNOWN},
		{"            bash-213     (    210) [001] ..s1.    70.081809: e: x", "bash", "e",
		 213, 210, 1, 70081809 * US, HU_CTX_SOFTIRQ},
		{"           <...>-213     (-------) [001] d.Z1.    70.081809: e: x", "", "e", 213,
		 -1, 1, 70081809 * US, HU_CTX_NMI},
		{"          <idle>-0       [127] dNh4.    70.081809: e: x", "", "e", 0, -1, 127,
		 70081809 * US, HU_CTX_HARDIRQ},
		/* names that look like heads */
		{"     a b-1 [000]-77    [003] .....     5.000001: e: x", "a b-1 [000]", "e", 77,
		 -1, 3, 5000001 * US, HU_CTX_TASK},
		{"     (sd: pam)-x-77    [003] .....     5.000001: e: x", "(sd: pam)-x", "e", 77,
		 -1, 3, 5000001 * US, HU_CTX_TASK},
		{"   kworker/0:1H-111   [000] .....     5.000001: e: x", "kworker/0:1H", "e", 111,
		 -1, 0, 5000001 * US, HU_CTX_TASK},
		/* trace-cmd */
		{"            bash-217   [000]-0x25    19.340916: e:   a=1", "bash", "e", 217, -1,
		 0, 19340916 * US, HU_CTX_TASK},
		{"            bash-217   [000] d..3.    19.340859203: e: x", "bash", "e", 217, -1,
		 0, 19340859203, HU_CTX_TASK},
		{"            bash-217   [000] d..3.    19.340859: (+383)   e:    x", "bash", "e",
		 217, -1, 0, 19340859 * US, HU_CTX_TASK},
		{"            bash-217   [000] d..3. 19340859203: e: x", "bash", "e", 217, -1, 0,
		 19340859203, HU_CTX_TASK},
		{"    bash-217     0dNs4.    19.340916: e: x", "bash", "e", 217, -1, 0,
		 19340916 * US, HU_CTX_SOFTIRQ},
		/* latency-format, of the kernel's documentation, and verbose */
		{"    bash-1994    1dNs2   81us : cpu_needs_another_gp <-rcu_process_callbacks",
		 "bash", "cpu_needs_another_gp", 1994, -1, 1, 81 * US, HU_CTX_SOFTIRQ},
		{"  <idle>-0       3dNs7    1us+: ttwu_do_activate.constprop.87 <-try_to_wake_up",
		 "", "ttwu_do_activate.constprop.87", 0, -1, 3, 1 * US, HU_CTX_SOFTIRQ},
		{"  <idle>-0       3dNs7    0us :      0:120:R   + [003]   312:100:R kworker/3:1H",
		 "", "wakeup", 0, -1, 3, 0, HU_CTX_SOFTIRQ},
		{"            bash     213   1 0 00000000 0000000a [0000000004356df1] 12.345ms "
		 "(+0.001ms): e: x",
		 "bash", "e", 213, -1, 1, INT64_C(0x4356df1) * US, HU_CTX_TASK},
	};

	TEST_EACH(i, cases)
	{
		struct hu_ftext_line line;
		TEST_CASE("%s", cases[i].in);
		CHECK(hu_ftext_line(hu_str(cases[i].in), &line));
		CHECK(same(line.comm, cases[i].comm));
		CHECK(same(line.name, cases[i].name));
		CHECK_INT(line.tid, cases[i].tid);
		CHECK_INT(line.tgid, cases[i].tgid);
		CHECK_INT(line.cpu, cases[i].cpu);
		CHECK_INT(line.ts, cases[i].ts);
		CHECK_INT(line.context, cases[i].context);
	}
}

static void others(void)
{
	static const struct {
		const char *in;
		enum hu_ftext_what what;
		int32_t cpu;
		int64_t count;
	} cases[] = {
		{"CPU:1 [LOST 23 EVENTS]", HU_FTEXT_LOST, 1, 23},
		{"CPU:3 [LOST EVENTS]", HU_FTEXT_LOST, 3, -1},
		{"CPU:0 [12141 EVENTS DROPPED]", HU_FTEXT_LOST, 0, 12141},
		{"CPU:0 [EVENTS DROPPED]", HU_FTEXT_LOST, 0, -1},
		{"second: CPU:1 [7 EVENTS DROPPED]", HU_FTEXT_LOST, 1, 7},
		{"##### CPU 2 buffer started ####", HU_FTEXT_STARTED, 2, -1},
		{"cpus=8", HU_FTEXT_CPUS, 8, -1},
		{"t.dat: cpus=2", HU_FTEXT_CPUS, 2, -1},
		{" => down_write+0x5/0x40", HU_FTEXT_FRAME, -1, -1},
		{"# tracer: nop", HU_FTEXT_COMMENT, -1, -1},
		{"", HU_FTEXT_EMPTY, -1, -1},
		/* of other tools */
		{"perf   238 [000]   135.073978:    sched:sched_switch: x", HU_FTEXT_STRANGE, -1,
		 -1},
		{"[   70.081809] bash-1: [000] it says", HU_FTEXT_STRANGE, -1, -1},
		{"kswapd0-45 cost=180ms", HU_FTEXT_STRANGE, -1, -1},
		{"a-99999999999 [000] 1.0: e: x", HU_FTEXT_STRANGE, -1, -1},
		{"a-1 [000] 99999999999999999999.0: e: x", HU_FTEXT_STRANGE, -1, -1},
	};

	TEST_EACH(i, cases)
	{
		struct hu_ftext_line line;
		TEST_CASE("%s", cases[i].in);
		CHECK(hu_ftext_line(hu_str(cases[i].in), &line) ==
		      (cases[i].what != HU_FTEXT_STRANGE));
		CHECK_INT(line.what, cases[i].what);
		if (cases[i].what == HU_FTEXT_STRANGE)
			continue;
		CHECK_INT(line.cpu, cases[i].cpu);
		CHECK_INT(line.count, cases[i].count);
	}
}

static void frames(void)
{
	static const struct {
		const char *in, *symbol, *module;
		uint64_t address;
	} cases[] = {
		{"down_write", "down_write", "", 0},
		{"down_write+0x5/0x40", "down_write", "", 0},
		{"ext4_sync_file+0x1a/0x400 [ext4]", "ext4_sync_file", "ext4", 0},
		{"down_write <ffffffff93f10d20>", "down_write", "", 0xffffffff93f10d20},
		{"down_write+0x5/0x40 <ffffffff93f10d20>", "down_write", "", 0xffffffff93f10d20},
		{"down_write (ffffffff93f10d20)", "down_write", "", 0xffffffff93f10d20},
		{"ffffffff93f10d20 down_write+0x5 ([ext4])", "down_write", "ext4",
		 0xffffffff93f10d20},
		{"ffffffff93f10d20 add ([kernel.kallsyms])", "add", "", 0xffffffff93f10d20},
		{"0xffffffff93f10d20", "", "", 0xffffffff93f10d20},
		{"(ffffffff93f10d20)", "", "", 0xffffffff93f10d20},
		{"__alloc_pages_slowpath.constprop.0 (ffffffffb20f86f8)",
		 "__alloc_pages_slowpath.constprop.0", "", 0xffffffffb20f86f8},
	};
	static const char *const none[] = {"",	"two words", "[FTRACE TRAMPOLINE]",
					   "-", "()",	     "ffffffff93f10d20 ffffffff93f10d20"};

	TEST_EACH(i, cases)
	{
		struct hu_text_frame frame;
		TEST_CASE("%s", cases[i].in);
		CHECK(hu_text_frame(hu_str(cases[i].in), &frame));
		CHECK(same(frame.symbol, cases[i].symbol));
		CHECK(same(frame.module, cases[i].module));
		CHECK(frame.address == cases[i].address);
	}
	TEST_EACH(i, none)
	{
		struct hu_text_frame frame;
		TEST_CASE("%s", none[i]);
		CHECK(!hu_text_frame(hu_str(none[i]), &frame));
	}
}

int main(void)
{
	heads();
	others();
	frames();
	return test_end();
}
