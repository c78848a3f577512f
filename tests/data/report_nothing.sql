-- report_nothing.sql - made by hand: a bundle of which nothing is known at all.
INSERT INTO verdict VALUES ('not_assessed', 'Not assessed: the bundle has no record of operations, lock waits or stuck tasks.', NULL, 100000000, 0, 0, NULL, NULL, 0);
