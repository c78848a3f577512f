-- fill.sql - one card, ?1, into the tables of the schema `part`. Run statement by statement.

INSERT INTO part.bundle SELECT
  c ->> '$.key', c ->> '$.tool', c ->> '$.options', c ->> '$.body', c ->> '$.judged', c ->> '$.verdict', c ->> '$.reason', c ->> '$.sentence',
  c ->> '$.lossy', c ->> '$.threshold_ns', c ->> '$.host',
  c ->> '$.kernel.release', c ->> '$.kernel.base', c ->> '$.kernel.series', c ->> '$.kernel.vendor', c ->> '$.kernel.arch',
  c ->> '$.cpus', c ->> '$.memory_bytes', c ->> '$.window.from', c ->> '$.window.to', c ->> '$.window.duration_ns',
  c ->> '$.bytes', c ->> '$.files', c ->> '$.sources.complete', c ->> '$.sources.partial', c ->> '$.sources.unreadable',
  c ->> '$.sources.unrecognised', c ->> '$.sources.records', c ->> '$.sources.losses', c ->> '$.incident_count'
  FROM (SELECT ?1 AS c);

INSERT OR IGNORE INTO part.place SELECT
  ?1 ->> '$.key', value ->> '$.path', coalesce(value ->> '$.name', ''), coalesce(value ->> '$.content', ''), coalesce(value ->> '$.report', '')
  FROM json_each(?1, '$.places');

INSERT OR IGNORE INTO part.tag SELECT ?1 ->> '$.key', value ->> '$.key', value ->> '$.value' FROM json_each(?1, '$.tags');

INSERT OR IGNORE INTO part.format SELECT ?1 ->> '$.key', value ->> '$.format', value ->> '$.sources', value ->> '$.records'
  FROM json_each(?1, '$.formats');

INSERT OR IGNORE INTO part.damage SELECT ?1 ->> '$.key', value ->> '$.path', value ->> '$.format', value ->> '$.status', value ->> '$.error'
  FROM json_each(?1, '$.damaged');

INSERT INTO part.incident SELECT
  ?1 ->> '$.key', key + 1, v ->> '$.id', v ->> '$.signature', v ->> '$.cause_key', v ->> '$.title', v ->> '$.confidence', v ->> '$.operation',
  v ->> '$.lock', v ->> '$.lock_type', v ->> '$.wanted', v ->> '$.held', v ->> '$.cause',
  v ->> '$.holders[0].role', v ->> '$.holders[0].doing', v ->> '$.holders[0].how',
  v ->> '$.stalled', v ->> '$.operations', v ->> '$.total_ns', v ->> '$.worst_ns', v ->> '$.worst_open', v ->> '$.at',
  v ->> '$.estimate_worst_ns', v ->> '$.estimate_basis'
  FROM (SELECT key, value AS v FROM json_each(?1, '$.incidents'));

INSERT INTO part.holder SELECT
  ?1 ->> '$.key', i.key + 1, h.key + 1, h.value ->> '$.comm', h.value ->> '$.role', h.value ->> '$.how', h.value ->> '$.doing',
  h.value ->> '$.longest_ns', h.value ->> '$.blocking_ns'
  FROM json_each(?1, '$.incidents') i, json_each(i.value, '$.holders') h;

INSERT INTO part.fix SELECT
  ?1 ->> '$.key', i.key + 1, f.key + 1, f.value ->> '$.id', f.value ->> '$.title', f.value ->> '$.applies', f.value ->> '$.decided_by',
  f.value ->> '$.fixed_in'
  FROM json_each(?1, '$.incidents') i, json_each(i.value, '$.fixes') f;
