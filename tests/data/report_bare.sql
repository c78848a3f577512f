-- report_bare.sql - made by hand: an incident of which only what cannot be NULL is known.
INSERT INTO verdict VALUES ('undecided', 'Something stalled.', 'I1', 100000000, 0, 0, NULL, NULL, 0);
INSERT INTO incident (id, rank, signature, title, summary, confidence) VALUES ('I1', 1, '?', 'Something stalled', 'Nobody knows what.', 'low');
