/* The one list of readers, in the order in which likely matches win. */
#include "ingest/reader.h"

extern const struct hu_reader_ops hu_reader_bcctable, hu_reader_strace, hu_reader_bpftrace,
	hu_reader_bpftracejson, hu_reader_pasted, hu_reader_procfs, hu_reader_sadf, hu_reader_sar,
	hu_reader_tracedat, hu_reader_vmstat;
extern const struct hu_reader_ops hu_reader_clockreadings, hu_reader_cmdline, hu_reader_kallsyms,
	hu_reader_kmsg, hu_reader_lockaddress, hu_reader_modules, hu_reader_osrelease,
	hu_reader_procstack, hu_reader_sysctl, hu_reader_uname;

const struct hu_reader_ops *const hu_readers[] = {
#ifdef HU_HAVE_TRACECMD
	&hu_reader_tracedat,
#endif
	&hu_reader_bpftracejson,
	&hu_reader_bpftrace,
	&hu_reader_bcctable,
	&hu_reader_strace,
	&hu_reader_sadf,
	&hu_reader_sar,
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
	&hu_reader_procstack,
	&hu_reader_kmsg,
	&hu_reader_pasted, /* last: takes text that nobody else knows */
	NULL,
};
