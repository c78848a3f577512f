/* The one list of readers, in the order in which likely matches win. */
#include "ingest/reader.h"

extern const struct hu_reader_ops hu_reader_sadf;
extern const struct hu_reader_ops hu_reader_sar;
extern const struct hu_reader_ops hu_reader_vmstat;
extern const struct hu_reader_ops hu_reader_procfs;

const struct hu_reader_ops *const hu_readers[] = {
	&hu_reader_sadf, &hu_reader_sar, &hu_reader_vmstat, &hu_reader_procfs, NULL,
};
