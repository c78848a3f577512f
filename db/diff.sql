-- diff.sql - what two captures say when they are set against one another; `holdup diff` renders it.
--
-- In a store of its own, in memory. side: before, after. NULL is "not known".

CREATE TABLE diff_side (
  side TEXT PRIMARY KEY, name TEXT, sha256 TEXT, hostname TEXT, kernel TEXT, kernel_base TEXT, kernel_vendor TEXT,
  cpus INTEGER, memory_bytes INTEGER, outcome TEXT NOT NULL, sentence TEXT NOT NULL, threshold_ns INTEGER NOT NULL,
  wall_from TEXT, duration_ns INTEGER, lossy INTEGER NOT NULL, losses INTEGER NOT NULL, causes INTEGER NOT NULL,
  kswapd_ns INTEGER, direct_ns INTEGER, slabs_scanned INTEGER, scanned_pages INTEGER, psi_memory_some_max REAL
) STRICT;

-- One row: the answer.
CREATE TABLE diff_verdict (
  answer TEXT NOT NULL CHECK (answer IN ('helped','worse','mixed','not_shown','not_comparable','identical')),
  sure TEXT CHECK (sure IN ('high','medium','low')),  -- of helped, worse and mixed
  sentence TEXT NOT NULL,
  why_sure TEXT                     -- how sure, and why not surer
) STRICT;

-- Why not comparable (blocks), less sure (weakens), or worth knowing (note).
CREATE TABLE diff_reason (
  rank INTEGER PRIMARY KEY, weight TEXT NOT NULL CHECK (weight IN ('blocks','weakens','note')), text TEXT NOT NULL
) STRICT;

-- Operations of one kind as one format recorded them. Numbers of a side that has none are NULL.
CREATE TABLE diff_operation (
  rank INTEGER PRIMARY KEY, name TEXT NOT NULL, recorded_by TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('better','worse','same','not_comparable')),
  before_count INTEGER, before_stalled INTEGER, before_bursts INTEGER, before_recorded_ns INTEGER,
  before_p50_ns INTEGER, before_p90_ns INTEGER, before_p99_ns INTEGER, before_worst_ns INTEGER,
  after_count INTEGER, after_stalled INTEGER, after_bursts INTEGER, after_recorded_ns INTEGER,
  after_p50_ns INTEGER, after_p90_ns INTEGER, after_p99_ns INTEGER, after_worst_ns INTEGER,
  difference REAL, low REAL, high REAL,  -- of the stalled share, after less before, with its 95 % interval
  p_value REAL,                     -- Fisher's exact test, two-sided
  p_adjusted REAL,                  -- for as many kinds as stalled on either side (Holm)
  bursts_p_value REAL,              -- that bursts came at one rate, exact
  ranks_p_value REAL,               -- Mann and Whitney: all durations
  longer REAL                       -- how likely an operation of after took longer than one of before
) STRICT;

CREATE TABLE diff_incident (
  rank INTEGER PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('gone','new','better','worse','same','not_comparable')),
  signature TEXT NOT NULL, matched_by TEXT,  -- signature, or lock and holder
  before_id TEXT, before_title TEXT, before_lock TEXT, before_holder TEXT, before_hold_ns INTEGER,
  before_stalled INTEGER, before_operations INTEGER, before_worst_ns INTEGER, before_fix TEXT, before_fix_applies TEXT,
  after_id TEXT, after_title TEXT, after_lock TEXT, after_holder TEXT, after_hold_ns INTEGER,
  after_stalled INTEGER, after_operations INTEGER, after_worst_ns INTEGER, after_fix TEXT, after_fix_applies TEXT,
  p_value REAL, text TEXT NOT NULL
) STRICT;
