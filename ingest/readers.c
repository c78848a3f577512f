/* The one list of readers, in the order in which likely matches win. */
#include "ingest/reader.h"

const struct hu_reader_ops *const hu_readers[] = {
	NULL,
};
