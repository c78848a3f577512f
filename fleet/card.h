/*
 * fleet/card.h - what becomes of one bundle in a fleet: its card, one line of JSON.
 *
 * A card is small (at most HU_CARD_MAX bytes), holds no time of its making and no path of the
 * machine, and says the same wherever and in whatever order it was made: schema "holdup.card.v1",
 * docs/fleet.md. A batch makes one per bundle, keeps it in its journal, and hands all of them to
 * fleet/build.h.
 *
 * Two cards of one `key` are the same bundle and count once. Of cards that differ the one that was
 * judged, then the one of the later tool, wins, whatever the order; the other is kept as a
 * conflict.
 */
#ifndef HU_CARD_H
#define HU_CARD_H

#include "db/store.h"
#include "db/text.h"

/* Longer lines are refused: no bundle, however hostile, makes one. */
enum { HU_CARD_MAX = 256 * 1024 };

/* What the batch knows of a bundle and the store does not. All texts are borrowed for the call. */
struct hu_card_meta {
	/*
	 * Where the bundle was found, as people shall see it: relative to the operand or to the
	 * list, the same on every machine that sees the same captures. Any bytes.
	 */
	struct hu_str path;
	struct hu_str name; /* base name without archive suffixes; may be empty */
	/*
	 * 64 hex digits over what the batch hashed (the file as it lies there, say), by which it
	 * knows that the bundle is unchanged and which part it belongs to; empty: it could not be
	 * read.
	 */
	struct hu_str content;
	/* What the analysis was told, spelled one way only: "threshold=100000000 known=…". */
	struct hu_str options;
	/*
	 * The single report, relative to the fleet's folder: "bundles/4f…/report.html". A function
	 * of the bundle alone, never of order or machine. Empty: none was kept.
	 */
	struct hu_str report;
};

/* Why there is no verdict. New words may be added; each is a word in the card. */
enum hu_card_reason {
	HU_CARD_MISSING,	/* no such file any more */
	HU_CARD_DENIED,		/* permission */
	HU_CARD_CHANGED,	/* it changed while it was read */
	HU_CARD_DAMAGED,	/* nothing of it could be unpacked */
	HU_CARD_NOTHING_USABLE, /* no capture in it that yields anything */
	HU_CARD_TIMEOUT,	/* the worker's time was over */
	HU_CARD_MEMORY,		/* the worker's memory was */
	HU_CARD_CRASHED,	/* the worker died of a signal */
	HU_CARD_FAULT,		/* a fault of holdup's own */
	HU_CARD_REASONS
};
const char *hu_card_reason_word(enum hu_card_reason reason);

/*
 * Of a bundle that was loaded and analysed: hu_analyze() ran on `store`. The card's key is the
 * bundle's own hash (design.md section 6: a folder and its tar are one), or `content` where the
 * store has none. Appends one line without its newline to *to.
 */
HU_MUST_CHECK struct hu_err *hu_card_make(struct hu_store *store, const struct hu_card_meta *meta,
					  struct hu_out *to);
/*
 * Of a bundle without a verdict; `sentence` is for people and must hold nothing that differs from
 * run to run (no pid, no address, no scratch path). The key is `content`, or a hash of the path.
 */
void hu_card_failed(const struct hu_card_meta *meta, enum hu_card_reason reason,
		    struct hu_str sentence, struct hu_out *to);
/*
 * A bundle that loaded with nothing usable in it (exit status 3) has a store all the same: this is
 * hu_card_make() with the reason set, so that host and sources are kept.
 */
HU_MUST_CHECK struct hu_err *hu_card_make_unusable(struct hu_store *store,
						   const struct hu_card_meta *meta,
						   enum hu_card_reason reason,
						   struct hu_str sentence, struct hu_out *to);

#endif
