/* The one list of readers, in the order in which likely matches win. */
#include "ingest/reader.h"

extern const struct hu_reader_ops hu_reader_bcctable;
extern const struct hu_reader_ops hu_reader_bpftrace;
extern const struct hu_reader_ops hu_reader_bpftracejson;
extern const struct hu_reader_ops hu_reader_btf;
extern const struct hu_reader_ops hu_reader_changelog;
extern const struct hu_reader_ops hu_reader_clockreadings;
extern const struct hu_reader_ops hu_reader_cmdline;
extern const struct hu_reader_ops hu_reader_crashbt;
extern const struct hu_reader_ops hu_reader_ctf;
extern const struct hu_reader_ops hu_reader_folded;
extern const struct hu_reader_ops hu_reader_ftrace;
extern const struct hu_reader_ops hu_reader_iostat;
extern const struct hu_reader_ops hu_reader_kallsyms;
extern const struct hu_reader_ops hu_reader_kconfig;
extern const struct hu_reader_ops hu_reader_klogexport;
extern const struct hu_reader_ops hu_reader_klogjson;
extern const struct hu_reader_ops hu_reader_kmsg;
extern const struct hu_reader_ops hu_reader_lockaddress;
extern const struct hu_reader_ops hu_reader_manifest;
extern const struct hu_reader_ops hu_reader_modules;
extern const struct hu_reader_ops hu_reader_mpstat;
extern const struct hu_reader_ops hu_reader_osrelease;
extern const struct hu_reader_ops hu_reader_pasted;
extern const struct hu_reader_ops hu_reader_perfdata;
extern const struct hu_reader_ops hu_reader_perflock;
extern const struct hu_reader_ops hu_reader_perfreport;
extern const struct hu_reader_ops hu_reader_perfscript;
extern const struct hu_reader_ops hu_reader_perftrace;
extern const struct hu_reader_ops hu_reader_pidstat;
extern const struct hu_reader_ops hu_reader_procfs;
extern const struct hu_reader_ops hu_reader_procstack;
extern const struct hu_reader_ops hu_reader_pswchan;
extern const struct hu_reader_ops hu_reader_sadf;
extern const struct hu_reader_ops hu_reader_sar;
extern const struct hu_reader_ops hu_reader_strace;
extern const struct hu_reader_ops hu_reader_sysctl;
extern const struct hu_reader_ops hu_reader_timehist;
extern const struct hu_reader_ops hu_reader_tracedat;
extern const struct hu_reader_ops hu_reader_tracefs;
extern const struct hu_reader_ops hu_reader_uname;
extern const struct hu_reader_ops hu_reader_vmstat;

const struct hu_reader_ops *const hu_readers[] = {
#ifdef HU_HAVE_TRACECMD
	&hu_reader_tracedat,
#endif
#ifdef HU_HAVE_TRACECMD
	&hu_reader_perfdata,
#endif
#ifdef HU_HAVE_BABELTRACE2
	&hu_reader_ctf,
#endif
#ifdef HU_HAVE_TRACECMD
	&hu_reader_tracefs,
#endif
	&hu_reader_btf,
	&hu_reader_manifest,
	&hu_reader_bpftracejson,
	&hu_reader_bpftrace,
	&hu_reader_perfscript,
	&hu_reader_perflock,
	&hu_reader_timehist,
	&hu_reader_perfreport,
	&hu_reader_perftrace,
	&hu_reader_ftrace,
	&hu_reader_bcctable,
	&hu_reader_strace,
	&hu_reader_folded,
	&hu_reader_sadf,
	&hu_reader_sar,
	&hu_reader_iostat,
	&hu_reader_pidstat,
	&hu_reader_mpstat,
	&hu_reader_vmstat,
	&hu_reader_procfs,
	&hu_reader_uname,
	&hu_reader_osrelease,
	&hu_reader_kallsyms,
	&hu_reader_lockaddress,
	&hu_reader_modules,
	&hu_reader_clockreadings,
	&hu_reader_sysctl,
	&hu_reader_cmdline,
	&hu_reader_kconfig,
	&hu_reader_changelog,
	&hu_reader_klogjson,
	&hu_reader_klogexport,
	&hu_reader_crashbt,
	&hu_reader_pswchan,
	&hu_reader_procstack,
	&hu_reader_kmsg,
	&hu_reader_pasted, /* last: takes text that nobody else knows */
	NULL,
};
