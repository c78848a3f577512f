-- settle.sql - before the sums: who won, and which bundle without a verdict is one that has it elsewhere.

-- A bundle that one part could not read is known by the hash of what lay there alone; where another part read the same, it is that.
CREATE TEMP TABLE other (was TEXT NOT NULL PRIMARY KEY, now TEXT NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE there (content TEXT NOT NULL, bundle TEXT NOT NULL, PRIMARY KEY (content, bundle)) WITHOUT ROWID;
INSERT OR IGNORE INTO there SELECT content, bundle FROM main.place WHERE content <> '' AND content <> bundle
  AND EXISTS (SELECT 1 FROM main.bundle WHERE verdict IS NULL);
INSERT INTO other SELECT b.key, min(t.bundle) FROM main.bundle b JOIN there t ON t.content = b.key WHERE b.verdict IS NULL GROUP BY b.key;

INSERT OR IGNORE INTO main.conflict SELECT o.now, c.tool, c.options, c.body, c.judged, c.outcome
  FROM other o JOIN main.conflict c ON c.bundle = o.was;
INSERT OR IGNORE INTO main.place SELECT o.now, p.path, p.name, p.content, p.report FROM other o JOIN main.place p ON p.bundle = o.was;
DELETE FROM main.conflict WHERE bundle IN (SELECT was FROM other);
DELETE FROM main.place WHERE bundle IN (SELECT was FROM other);
DELETE FROM main.bundle WHERE key IN (SELECT was FROM other);

DELETE FROM main.conflict WHERE EXISTS (
  SELECT 1 FROM main.bundle b WHERE b.key = conflict.bundle AND b.tool = conflict.tool AND b.options = conflict.options
  AND b.body = conflict.body);

-- A place without a report where the same lay there with one: a run that came to no end, and one that did.
DELETE FROM main.place WHERE report = '' AND EXISTS (
  SELECT 1 FROM main.place p WHERE p.bundle = place.bundle AND p.path = place.path AND p.content = place.content AND p.report <> '');
