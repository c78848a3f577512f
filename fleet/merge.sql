-- merge.sql - all of the schema `part` into `main`. Whatever comes first, the same remains: of two cards of one bundle the greater
-- in the order (judged, tool, options, body); every other is a row of conflict.

DELETE FROM temp.incoming;
INSERT INTO temp.incoming SELECT p.key FROM part.bundle p LEFT JOIN main.bundle m ON m.key = p.key
  WHERE m.key IS NULL OR
  (p.judged, coalesce(hu_release(p.tool), 0), p.tool, p.options, p.body) > (m.judged, coalesce(hu_release(m.tool), 0), m.tool, m.options, m.body);

-- While the file is made, conflict also has the winners.
INSERT OR IGNORE INTO main.conflict
  SELECT key, tool, options, body, judged, coalesce(reason, verdict, '') FROM part.bundle
  UNION ALL SELECT bundle, tool, options, body, judged, outcome FROM part.conflict;

DELETE FROM main.tag WHERE bundle IN (SELECT p.key FROM temp.incoming p JOIN main.bundle m ON m.key = p.key);
DELETE FROM main.format WHERE bundle IN (SELECT p.key FROM temp.incoming p JOIN main.bundle m ON m.key = p.key);
DELETE FROM main.damage WHERE bundle IN (SELECT p.key FROM temp.incoming p JOIN main.bundle m ON m.key = p.key);
DELETE FROM main.incident WHERE bundle IN (SELECT p.key FROM temp.incoming p JOIN main.bundle m ON m.key = p.key);
DELETE FROM main.holder WHERE bundle IN (SELECT p.key FROM temp.incoming p JOIN main.bundle m ON m.key = p.key);
DELETE FROM main.fix WHERE bundle IN (SELECT p.key FROM temp.incoming p JOIN main.bundle m ON m.key = p.key);
DELETE FROM main.bundle WHERE key IN (SELECT key FROM temp.incoming);

INSERT INTO main.bundle SELECT * FROM part.bundle WHERE key IN (SELECT key FROM temp.incoming);
INSERT INTO main.tag SELECT * FROM part.tag WHERE bundle IN (SELECT key FROM temp.incoming);
INSERT INTO main.format SELECT * FROM part.format WHERE bundle IN (SELECT key FROM temp.incoming);
INSERT INTO main.damage SELECT * FROM part.damage WHERE bundle IN (SELECT key FROM temp.incoming);
INSERT INTO main.incident SELECT * FROM part.incident WHERE bundle IN (SELECT key FROM temp.incoming);
INSERT INTO main.holder SELECT * FROM part.holder WHERE bundle IN (SELECT key FROM temp.incoming);
INSERT INTO main.fix SELECT * FROM part.fix WHERE bundle IN (SELECT key FROM temp.incoming);
INSERT OR IGNORE INTO main.place SELECT * FROM part.place;
