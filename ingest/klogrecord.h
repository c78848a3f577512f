/*
 * ingest/klogrecord.h - one record of a kernel log whose fields have names, as journald and
 * dmesg -J write them. klogjson.c and klogexport.c collect the fields; what they mean is decided
 * here, once.
 */
#ifndef HU_KLOGRECORD_H
#define HU_KLOGRECORD_H

#include "ingest/kmsg_log.h"

/* Invariant: empty between records. Zero-initialise. */
struct hu_klogrecord {
	uint64_t pos;
	struct hu_out message, host;
	bool any, kernel, other; /* a field was there; the kernel's; some other program's */
	int64_t source, arrival, wall, priority; /* microseconds; HU_NONE: not there */
	int32_t tid, cpu;
};

void hu_klogrecord_deinit(struct hu_klogrecord *record);
void hu_klogrecord_begin(struct hu_klogrecord *record, uint64_t pos);
/* A field by its journal name (systemd.journal-fields(7)). Unknown ones are passed over. */
void hu_klogrecord_field(struct hu_klogrecord *record, struct hu_str key, struct hu_str value);
/* Puts the record, if it is the kernel's. */
void hu_klogrecord_put(struct hu_klogrecord *record, struct hu_kmsg_log *log);

/* What a look over the whole file says of its records, before any is put. Zero-initialise. */
struct hu_klogsurvey {
	struct hu_kmsg_boots boots;
	struct hu_out boot_id; /* of the last record */
	uint64_t records, source, arrival;
};

void hu_klogsurvey_deinit(struct hu_klogsurvey *survey);
/* One record; empty where it does not name a boot. */
void hu_klogsurvey_record(struct hu_klogsurvey *survey, uint64_t pos, struct hu_str boot_id);
/* printk's clock where the records have it and are of one boot; else the wall clock. */
enum hu_clock hu_klogsurvey_clock(const struct hu_klogsurvey *survey);

#endif
