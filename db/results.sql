-- results.sql - what the analyzers conclude and the report prints; nothing else passes between them.
--
-- Times are nanoseconds from the window's start (report.json: window.from), never wall or boot time. NULL is "not known".
-- `holdup analyze` keeps these tables in the store; `holdup report` makes them anew as TEMP tables of the same names,
-- so that a finished store is never written.

-- One row: the answer.
CREATE TABLE verdict (
  outcome       TEXT NOT NULL CHECK (outcome IN ('found','clear','undecided','not_assessed')),
  sentence      TEXT NOT NULL,      -- the whole answer in one sentence
  incident      TEXT,               -- incident.id of the first one, if the outcome names one
  threshold_ns  INTEGER NOT NULL,   -- an operation stalled when it took this long or longer
  window_case   INTEGER NOT NULL,   -- case time of the window's start
  duration_ns   INTEGER NOT NULL,
  wall_from     TEXT,               -- RFC 3339, nine digits, or NULL where no clock says
  wall_to       TEXT,
  lossy         INTEGER NOT NULL    -- 1: losses inside the window; a clean verdict must say so
) STRICT;

-- One row per analyzer that exists, in report order.
CREATE TABLE analyzer_result (
  rank    INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  asks    TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('found','clear','not_assessed')),
  why     TEXT NOT NULL             -- one sentence; for not_assessed also what to capture next time
) STRICT;

-- One row per cause: stalled operations that waited for the same thing.
CREATE TABLE incident (
  id          TEXT PRIMARY KEY,     -- "I1"
  rank        INTEGER NOT NULL,     -- 1 first: by stall time explained
  signature   TEXT NOT NULL,        -- stable across hosts and boots: "mount|shrinker_rwsem|write|kswapd|super_cache_scan"
  title       TEXT NOT NULL,        -- "Mounts stalled up to 6.48 s: kswapd0 held shrinker_rwsem"
  summary     TEXT NOT NULL,        -- two or three sentences with the numbers
  confidence  TEXT NOT NULL CHECK (confidence IN ('high','medium','low')),
  victim_operation TEXT,            -- "mount", "umount", "mount, umount"; NULL: no victim (on-CPU contention)
  victim_detail TEXT,               -- without a victim: who is in it ("12 tasks called openclose")
  victim_comm TEXT, victim_tid INTEGER, -- of the worst one
  victim_at_ns INTEGER,             -- when the worst one began
  stalled     INTEGER, operations INTEGER,  -- so many of so many
  worst_ns    INTEGER, median_ns INTEGER, total_ns INTEGER,  -- worst stall; median of all operations; stalled time in all
  worst_open  INTEGER NOT NULL DEFAULT 0,  -- 1: the capture ended first: at least so long
  lock_name TEXT, lock_address INTEGER, lock_type TEXT, lock_wanted TEXT, lock_held TEXT,  -- all NULL: no lock
  cause       TEXT,                 -- where there is no lock or no holder: what was waited for ("an expedited RCU grace period")
  estimate_worst_ns INTEGER, estimate_basis TEXT
) STRICT;

-- Every task whose holds cover at least 1 % of the blocked time, best first; and never a fellow victim.
CREATE TABLE incident_holder (
  incident TEXT NOT NULL, rank INTEGER NOT NULL,
  comm TEXT NOT NULL, tid INTEGER,
  role TEXT NOT NULL,               -- kswapd, khugepaged, direct_reclaim, memcg_reclaim, drop_caches, kworker, user …
  how  TEXT NOT NULL CHECK (how IN ('observed','handed_over','recorded_owner','overlapping','signature')),
  holds INTEGER, longest_ns INTEGER, longest_at_ns INTEGER,
  blocking_ns INTEGER, share REAL,  -- of the blocked time of this incident's stalls, 0..1
  doing TEXT, doing_ns INTEGER,     -- inside its longest hold: "super_cache_scan" and how much of it
  stack TEXT,                       -- frames, leaf first, one a line
  PRIMARY KEY (incident, rank)
) STRICT;

-- The worst operation, from the victim to the root. The ns of the depth 0 rows add up to the operation.
CREATE TABLE incident_link (
  incident TEXT NOT NULL, rank INTEGER NOT NULL, depth INTEGER NOT NULL,
  task TEXT NOT NULL,               -- "dd (222)"
  state TEXT NOT NULL,              -- waiting, holding, running, runnable, sleeping, unknown
  waits_on TEXT,                    -- report.json: on
  how TEXT,                         -- as incident_holder.how, or NULL
  ns INTEGER NOT NULL, share REAL NOT NULL,  -- of the operation
  PRIMARY KEY (incident, rank)
) STRICT;

CREATE TABLE incident_evidence (
  incident TEXT NOT NULL, rank INTEGER NOT NULL,  -- E1, E2 … in the report
  claim  TEXT NOT NULL,
  source TEXT NOT NULL,             -- path inside the bundle
  location TEXT NOT NULL,           -- "record 18,204", "line 71"
  time_ns INTEGER,
  text   TEXT NOT NULL,             -- the record as near to the original as the store can say
  event_table TEXT, event_row INTEGER,  -- the stored row, for `holdup query`
  PRIMARY KEY (incident, rank)
) STRICT;

-- Sentences: caveat (the audit), next_capture (a command and what it would decide), action (what to do), ruled_out.
CREATE TABLE incident_note (
  incident TEXT,                    -- NULL: about the whole bundle
  kind TEXT NOT NULL CHECK (kind IN ('caveat','next_capture','action','ruled_out')),
  rank INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;

CREATE INDEX incident_note_of ON incident_note (incident);

-- What the library of known fixes was asked with: keys and values as analyzers/known.h lists them.
CREATE TABLE incident_fact (
  incident TEXT NOT NULL, rank INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (incident, rank)
) STRICT;

CREATE TABLE incident_fix (
  incident TEXT NOT NULL, rank INTEGER NOT NULL,
  id TEXT NOT NULL, title TEXT NOT NULL,
  applies TEXT NOT NULL CHECK (applies IN ('affected','fixed','unknown')),
  decided_by TEXT NOT NULL,         -- kallsyms, btf, config, changelog, backport, version, nothing
  decided_text TEXT NOT NULL,       -- "shrinker_rwsem is in kallsyms, shrinker_mutex is not"
  fixed_in TEXT,                    -- "6.7"
  explains TEXT NOT NULL,
  library TEXT NOT NULL,            -- built-in, or the file's name in the site's own library
  fixed_here TEXT,                  -- "7.0.9": the first release of this kernel's own series with the fix, where one is known
  PRIMARY KEY (incident, rank)
) STRICT;
CREATE TABLE incident_fix_item (
  incident TEXT NOT NULL, fix TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('commit','workaround','link','matched','refuted','untested','verify','consequence','tried')),
  rank INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (incident, fix, kind, rank)
) STRICT;

-- The picture: lanes on one time axis. kind: victim, holder, reclaim (bars); loss (bars: events are missing there); counter (points);
-- waiters (points: so many tasks wait, from then on); mark (an instant, as a bar of 0 ns).
CREATE TABLE figure_lane (
  incident TEXT NOT NULL, lane INTEGER NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL, unit TEXT,
  PRIMARY KEY (incident, lane)
) STRICT;
CREATE TABLE figure_bar (
  incident TEXT NOT NULL, lane INTEGER NOT NULL, from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL,
  label TEXT NOT NULL,              -- short; drawn inside if it fits
  title TEXT NOT NULL               -- the whole sentence
) STRICT;
CREATE TABLE figure_point (
  incident TEXT NOT NULL, lane INTEGER NOT NULL, at_ns INTEGER NOT NULL, value REAL NOT NULL
) STRICT;

-- What the task of a lane did while its bars lasted: the pieces follow one another. Pieces too short to be seen are one, by what most of it was.
CREATE TABLE figure_state (
  incident TEXT NOT NULL, lane INTEGER NOT NULL, from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('lock','sleeping','runnable','running','unknown')),
  what TEXT                         -- the lock's name, what it slept for
) STRICT;

-- The chain as a graph: a tree from the victim (node 1) to the roots. A circle of waits ends in a node that says where it closes.
CREATE TABLE graph_node (
  incident TEXT NOT NULL, node INTEGER NOT NULL,
  parent INTEGER,                   -- NULL: the victim
  kind TEXT NOT NULL CHECK (kind IN ('victim','lock','reason','cpu','task','device','nobody','circle','more')),
  label TEXT NOT NULL,              -- "kswapd0 (45)", "shrinker_rwsem", "I/O"
  detail TEXT,                      -- "in one call of super_cache_scan"
  edge TEXT,                        -- of the line from its parent: "waits for", "held for read by"
  ns INTEGER, share REAL,           -- of the worst operation
  how TEXT,                         -- as incident_link.how, or NULL
  closes INTEGER,                   -- of a circle: the node that waits for itself
  PRIMARY KEY (incident, node)
) STRICT;

-- Flame graphs: stacks merged from their roots, at most 300 frames each. Widths of the children add up to no more than their parent's.
CREATE TABLE flame (
  incident TEXT NOT NULL, flame INTEGER NOT NULL,
  kind  TEXT NOT NULL CHECK (kind IN ('holder','oncpu')),
  title TEXT NOT NULL,              -- "What kswapd0 (45) did while it held shrinker_rwsem"
  unit  TEXT NOT NULL CHECK (unit IN ('samples','ns')),
  total INTEGER NOT NULL,           -- the width of the lowest frame
  basis TEXT NOT NULL,              -- one sentence: what is counted, of which source
  left_out INTEGER NOT NULL,        -- frames that were too narrow
  PRIMARY KEY (incident, flame)
) STRICT;
CREATE TABLE flame_frame (
  incident TEXT NOT NULL, flame INTEGER NOT NULL,
  depth INTEGER NOT NULL,           -- 0: all of it
  start INTEGER NOT NULL, width INTEGER NOT NULL,  -- in the flame's unit
  kind  TEXT NOT NULL CHECK (kind IN ('all','frame','lock','user','none')),  -- lock: a lock function; none: time of which no stack was taken
  label TEXT NOT NULL,
  PRIMARY KEY (incident, flame, depth, start)
) STRICT;

-- The stalled operations one by one, worst first, at most 200.
CREATE TABLE incident_stall (
  incident TEXT NOT NULL, rank INTEGER NOT NULL, operation TEXT NOT NULL, comm TEXT, tid INTEGER,
  from_ns INTEGER,                  -- NULL: not on the axis
  duration_ns INTEGER NOT NULL, open INTEGER NOT NULL,  -- 1: the capture ended first
  PRIMARY KEY (incident, rank)
) STRICT;
CREATE INDEX figure_bar_of ON figure_bar (incident);
CREATE INDEX figure_point_of ON figure_point (incident);

-- How long all operations of the victims' kinds took.
CREATE TABLE incident_latency (
  incident TEXT NOT NULL, low_ns INTEGER NOT NULL, high_ns INTEGER NOT NULL, count INTEGER NOT NULL,
  stalled INTEGER NOT NULL          -- 1: this bucket lies over the threshold
) STRICT;

CREATE INDEX incident_latency_of ON incident_latency (incident);

-- Memory pressure over the window; one row if anything of it was recorded, else none.
CREATE TABLE pressure (
  kswapd_ns INTEGER, kswapd_sessions INTEGER,      -- awake
  direct_ns INTEGER, direct_sessions INTEGER, direct_tasks INTEGER,
  longest_direct_ns INTEGER,
  psi_memory_full_max REAL, psi_memory_some_max REAL,  -- avg10, per cent
  scanned_pages INTEGER, stolen_pages INTEGER, slabs_scanned INTEGER,
  efficiency REAL,                  -- stolen of scanned pages
  reclaimed_pages INTEGER,          -- by tasks themselves, as their events say
  throttled INTEGER,                -- so often a reclaiming task was made to wait (mm_vmscan_throttled)
  wait_ns INTEGER,                  -- slept inside reclaim, as far as stacks at switches tell
  -- association of stalls with reclaim: operations that overlap reclaim against those that do not
  in_stalled INTEGER, in_other INTEGER, out_stalled INTEGER, out_other INTEGER,
  basis TEXT,                       -- what "reclaim was running" was taken from
  risk_ratio REAL, risk_low REAL, risk_high REAL,  -- with its 95 % interval; NULL where undefined
  p_value REAL,                     -- Fisher's exact test, two-sided
  sentence TEXT NOT NULL
) STRICT;
CREATE TABLE pressure_shrinker (
  rank INTEGER PRIMARY KEY, comm TEXT NOT NULL, tid INTEGER, function TEXT NOT NULL,
  calls INTEGER NOT NULL, longest_ns INTEGER NOT NULL, longest_at_ns INTEGER, total_ns INTEGER NOT NULL
) STRICT;

-- What tasks slept for inside reclaim, by the stacks of their switches; most time first.
CREATE TABLE pressure_wait (
  rank INTEGER PRIMARY KEY, comm TEXT NOT NULL, tid INTEGER,
  why TEXT NOT NULL,                -- "I/O", "throttled reclaim", "a lock" …
  frame TEXT,                       -- the function that says so
  waits INTEGER NOT NULL, longest_ns INTEGER NOT NULL, longest_at_ns INTEGER, total_ns INTEGER NOT NULL
) STRICT;

-- Reclaim by memory cgroup, most time first; only where events say for which one it was (7.0 on).
CREATE TABLE pressure_memcg (
  rank INTEGER PRIMARY KEY,
  memcg INTEGER NOT NULL,           -- cgroup id: the inode number of its folder
  sessions INTEGER NOT NULL, session_ns INTEGER NOT NULL,  -- reclaim by tasks at this cgroup's limit
  calls INTEGER NOT NULL, shrinker_ns INTEGER NOT NULL, longest_ns INTEGER NOT NULL,  -- shrinkers called for it, kswapd's among them
  function TEXT                     -- of the longest call
) STRICT;

-- Shrinkers by what the bundle tells of them, longest call first; of those seen by calls one row for each struct shrinker.
CREATE TABLE long_shrinker (
  rank INTEGER PRIMARY KEY, function TEXT NOT NULL,
  shrinker TEXT,                    -- its address, "0x…"; a superblock has one of its own
  filesystem TEXT, device TEXT,     -- by stacks and I/O from inside its longest call; NULL: not known
  how TEXT NOT NULL CHECK (how IN ('calls','printed','table','stacks','samples')),
  comm TEXT, tid INTEGER,           -- of the longest call
  calls INTEGER NOT NULL,           -- samples, stacks: so many of these
  slow_calls INTEGER,               -- of the threshold or more
  longest_ns INTEGER, longest_at_ns INTEGER, total_ns INTEGER,
  freeable INTEGER, freed INTEGER,  -- objects before the longest call, and what it freed
  node INTEGER
) STRICT;

-- One row if any source names the kernel: what its release string says of where it comes from.
CREATE TABLE host (
  kernel_base   TEXT,               -- the mainline version it was made from: "6.1.192", or "6.1" where no more is told
  kernel_vendor TEXT                -- "debian", "rhel", "mainline" …; a prior, never an answer
) STRICT;

-- What every task did, for questions of one's own. Only intervals of a hundredth of the threshold or more.
CREATE TABLE task_interval (
  kind TEXT NOT NULL,               -- operation, 'operation, by its wait', wait, hold, blocked (D), sleeping (S), runnable, shrinker, reclaim, 'kswapd awake' …
  tid INTEGER, comm TEXT,
  from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL,
  open INTEGER NOT NULL,            -- 1: the capture ended first: at least so long
  what TEXT,                        -- the call, the lock's type, the shrinker, or the reason that the stack tells
  lock TEXT, address TEXT, mode TEXT,
  how TEXT,                         -- of a hold: as incident_holder.how
  waker INTEGER,                    -- tid that ended a sleep
  stack INTEGER,                    -- stack_v.id
  event_table TEXT, event_row INTEGER,  -- the row that begins it
  end_table TEXT, end_row INTEGER
) STRICT;
CREATE TABLE task_release (         -- the release that came last before a wait for that lock ended
  wait INTEGER NOT NULL,            -- task_interval.rowid
  hold INTEGER,                     -- task_interval.rowid; NULL: a hold too short for that table
  tid INTEGER, comm TEXT,           -- who released
  at_ns INTEGER NOT NULL
) STRICT;
CREATE TABLE task_time (            -- as the source saw it that saw most of the task; NULL: not recorded
  tid INTEGER PRIMARY KEY, comm TEXT, source TEXT,
  running_ns INTEGER, runnable_ns INTEGER, blocked_ns INTEGER, sleeping_ns INTEGER,
  switches INTEGER, wakeups INTEGER,
  samples INTEGER,                  -- of profiles
  seen_blocked INTEGER              -- in D, in snapshots of stacks
) STRICT;
CREATE TABLE task_wait (            -- sums over task_interval
  tid INTEGER NOT NULL, comm TEXT, what TEXT, lock TEXT,
  count INTEGER NOT NULL, total_ns INTEGER NOT NULL, longest_ns INTEGER NOT NULL, longest_at_ns INTEGER NOT NULL
) STRICT;

-- Operations that were recorded as such, by kind and by the format that recorded them: what two captures are compared by.
CREATE TABLE operation_kind (
  name TEXT NOT NULL, recorded_by TEXT NOT NULL,  -- source.format
  count INTEGER NOT NULL, stalled INTEGER NOT NULL,
  bursts INTEGER NOT NULL,          -- stalls that overlap are one
  recorded_ns INTEGER,              -- how long the sources with such operations recorded
  total_ns INTEGER NOT NULL, stalled_ns INTEGER NOT NULL,
  p50_ns INTEGER NOT NULL, p90_ns INTEGER NOT NULL, p99_ns INTEGER NOT NULL, worst_ns INTEGER NOT NULL,
  worst_open INTEGER NOT NULL,      -- 1: the capture ended first
  PRIMARY KEY (name, recorded_by)
) STRICT;
CREATE TABLE operation_latency (    -- eight buckets to the doubling: [low_ns, high_ns)
  name TEXT NOT NULL, recorded_by TEXT NOT NULL, low_ns INTEGER NOT NULL, high_ns INTEGER NOT NULL, count INTEGER NOT NULL
) STRICT;
