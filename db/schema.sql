-- schema.sql - revision 4 of the store: everything that the readers saw, in the shared vocabulary (db/words.h).
--
-- Stamps (`ts`) are nanoseconds in the source's own clock; `ts + source.offset_ns` is case time, the one axis of the whole
-- bundle (views *_v give it as `at_ns`, in the bundle's own case clock; see docs/store.md). NULL is "not known": never 0 or -1.
-- `pos` is the place in the source, from 1: a record of a binary capture, a line of a text.
-- Small enumerations are stored as the numbers of db/words.h; the views spell them.

CREATE TABLE meta (
  key TEXT PRIMARY KEY, value TEXT NOT NULL  -- state: loading | complete; bundle.name, bundle.sha256, bundle.bytes, bundle.files; case.clock
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
  id        INTEGER PRIMARY KEY,
  path      TEXT NOT NULL UNIQUE,   -- inside the bundle
  format    TEXT,                   -- reader; NULL: nobody reads it
  why       TEXT NOT NULL,          -- why it was taken for this, or for nothing
  sha256    TEXT NOT NULL,
  bytes     INTEGER NOT NULL,
  status    TEXT NOT NULL CHECK (status IN ('loading','complete','partial','unreadable','unrecognised')),
  error     TEXT,                   -- the reader's sentence, if it ended early
  records   INTEGER NOT NULL DEFAULT 0,
  first_ts  INTEGER, last_ts INTEGER,
  clock     TEXT NOT NULL,          -- name of its clock
  clock_how TEXT NOT NULL,          -- how the reader knows which clock it is
  offset_ns INTEGER,                -- case time = ts + offset_ns; NULL: not on the axis
  slack_ns  INTEGER,                -- give or take
  aligned   TEXT,                   -- stated | derived | assumed | none, and by what
  copy_of   INTEGER,                -- source.id of which it repeats the events (a text made from it): its rows count in no conclusion
                                    -- (or: on whose machine its own one runs, then without a per cent)
  copy_percent INTEGER              -- of its events, by a sample, that are there too
) STRICT;

CREATE TABLE clock_reading (        -- "when clock a showed ta, clock b showed tb, give or take slack"
  source INTEGER NOT NULL, pos INTEGER, a TEXT NOT NULL, ta INTEGER NOT NULL, b TEXT NOT NULL, tb INTEGER NOT NULL, slack_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE fact (                 -- about the host: kernel.release, hostname, cpus …
  source INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE name (                 -- every text once
  id INTEGER PRIMARY KEY, text TEXT NOT NULL
) STRICT;

CREATE TABLE stack (                -- a frame and the one that called it; a stack is named by its leaf
  id INTEGER PRIMARY KEY,
  caller INTEGER,                   -- stack.id, NULL for the outermost frame
  symbol INTEGER NOT NULL,          -- name.id: bare function name
  module INTEGER                    -- name.id, NULL for the kernel
) STRICT;

CREATE TABLE symbols (              -- kallsyms of the host, once: zstd of "address letter name" lines sorted by address; and a row for each
                                    -- BTF (source.format 'btf'), whose names have no address
  source INTEGER NOT NULL, count INTEGER NOT NULL, hidden INTEGER NOT NULL, bytes INTEGER NOT NULL, lines BLOB NOT NULL
) STRICT;

CREATE TABLE task (                 -- names of tasks, when seen or changed
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, tid INTEGER NOT NULL, tgid INTEGER, parent INTEGER,
  step INTEGER NOT NULL,            -- hu_task_step
  comm INTEGER
) STRICT;

CREATE TABLE lock (                 -- filled by settling: every lock address with the name that kallsyms or a source gives it
  address INTEGER PRIMARY KEY,      -- as a signed 64-bit number; printf('0x%x') shows it
  name TEXT,                        -- "shrinker_rwsem", "rcu_state+0x1038"; NULL: heap
  named_by TEXT                     -- kallsyms | the source's path
) STRICT;

-- The events. Whoever reads the store with holdup (`holdup query`) has in each of the tables switch … sample all rows of its
-- kind; they are kept in event_block, as columns (db/block.h says how). Another sqlite3 finds in them the rows that the report cites.
CREATE TABLE event_block (
  id      INTEGER PRIMARY KEY,      -- number of the table << 48 | rowid of the first row
  rows    INTEGER NOT NULL,
  source  INTEGER NOT NULL,
  from_ts INTEGER, to_ts INTEGER,   -- least and largest ts
  packed  BLOB NOT NULL
) STRICT;

-- The vocabulary --------------------------------------------------------------------------------------------------

CREATE TABLE switch (
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, cpu INTEGER, tid INTEGER, stack INTEGER, context INTEGER,
  next INTEGER, state INTEGER NOT NULL
) STRICT;
CREATE TABLE wakeup (
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, cpu INTEGER, tid INTEGER, stack INTEGER, context INTEGER,
  target INTEGER, step INTEGER NOT NULL
) STRICT;
CREATE TABLE lock_event (
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, cpu INTEGER, tid INTEGER, stack INTEGER, context INTEGER,
  step INTEGER NOT NULL, mode INTEGER NOT NULL, type INTEGER NOT NULL, known INTEGER NOT NULL,
  result INTEGER,                   -- NULL unless known has HU_KNOWS_RESULT
  address INTEGER,                  -- NULL: unknown
  name INTEGER, function INTEGER
) STRICT;
CREATE TABLE syscall (
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, cpu INTEGER, tid INTEGER, stack INTEGER, context INTEGER,
  step INTEGER NOT NULL, number INTEGER, name INTEGER, result INTEGER, detail INTEGER
) STRICT;
CREATE TABLE reclaim (
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, cpu INTEGER, tid INTEGER, stack INTEGER, context INTEGER,
  kind INTEGER NOT NULL, step INTEGER NOT NULL, pages INTEGER, "order" INTEGER, node INTEGER, memcg INTEGER
) STRICT;
CREATE TABLE shrink (
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, cpu INTEGER, tid INTEGER, stack INTEGER, context INTEGER,
  step INTEGER NOT NULL, shrinker INTEGER, objects INTEGER, node INTEGER, function INTEGER, memcg INTEGER
) STRICT;
CREATE TABLE io (
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, cpu INTEGER, tid INTEGER, stack INTEGER, context INTEGER,
  step INTEGER NOT NULL, device INTEGER, sector INTEGER, bytes INTEGER, kind INTEGER
) STRICT;
CREATE TABLE span (                 -- ts is its end; NULL where the record has no time
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, cpu INTEGER, tid INTEGER, stack INTEGER, context INTEGER,
  duration_ns INTEGER NOT NULL, address INTEGER, label INTEGER, comm INTEGER, function INTEGER, name INTEGER, known INTEGER NOT NULL
) STRICT;
CREATE TABLE sample (
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, cpu INTEGER, tid INTEGER, stack INTEGER, context INTEGER,
  event INTEGER, period INTEGER
) STRICT;
CREATE TABLE snapshot (
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, cpu INTEGER, tid INTEGER, stack INTEGER, context INTEGER,
  kind INTEGER NOT NULL, state INTEGER NOT NULL, blocked_ns INTEGER, blocker INTEGER, blocker_comm INTEGER, blocker_mode INTEGER,
  lock_type INTEGER, comm INTEGER, text INTEGER
) STRICT;
CREATE TABLE counter (
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, series INTEGER NOT NULL, value REAL NOT NULL, running INTEGER NOT NULL
) STRICT;
CREATE TABLE aggregate (
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, "table" INTEGER, key INTEGER, unit INTEGER, low INTEGER, high INTEGER,
  count INTEGER,                    -- NULL: the tool told the sum alone
  total INTEGER
) STRICT;
CREATE TABLE message (
  source INTEGER NOT NULL, ts INTEGER, pos INTEGER, level INTEGER, tid INTEGER, text INTEGER NOT NULL, block INTEGER
) STRICT;
CREATE TABLE event_count (          -- what each source holds, by the capture's own event names
  source INTEGER NOT NULL, event TEXT NOT NULL, count INTEGER NOT NULL, used INTEGER NOT NULL,
  PRIMARY KEY (source, event)
) STRICT, WITHOUT ROWID;
CREATE TABLE loss (
  source INTEGER NOT NULL, pos INTEGER, kind INTEGER NOT NULL, cpu INTEGER, from_ts INTEGER, to_ts INTEGER, count INTEGER, text TEXT NOT NULL
) STRICT;
