-- schema.sql - revision 1 of fleet.db: small rows per bundle, and what they sum up to. docs/fleet.md explains it.
--
-- Every table is kept in the order of its key and holds nothing that depends on the order or the time of making: the same set
-- of bundles gives the same bytes. NULL is "not known". Times are nanoseconds; moments are RFC 3339 in UTC with nine digits.

CREATE TABLE bundle ( -- one row per bundle, however often it was found
  key           TEXT NOT NULL PRIMARY KEY CHECK (length(key) = 64),  -- the bundle's hash; where it could not be read, of what the batch hashed
  tool          TEXT NOT NULL,      -- holdup's version that judged it
  options       TEXT NOT NULL,      -- what the analysis was told, spelled one way
  body          TEXT NOT NULL,      -- hash over what the card says but for its places
  judged        INTEGER NOT NULL CHECK (judged IN (0, 1)),
  verdict       TEXT CHECK (verdict IN ('found','clear','undecided','not_assessed')),  -- NULL: the analysis came to no end
  reason        TEXT,               -- why it is not judged: a word of docs/fleet.md; NULL: it is
  sentence      TEXT NOT NULL,      -- the verdict, or what went wrong, for people
  lossy         INTEGER, threshold_ns INTEGER,
  host          TEXT,
  kernel_release TEXT, kernel_base TEXT, kernel_series TEXT, kernel_vendor TEXT, arch TEXT,
  cpus INTEGER, memory_bytes INTEGER,
  wall_from TEXT, wall_to TEXT, duration_ns INTEGER,
  bytes INTEGER, files INTEGER,
  sources_complete INTEGER, sources_partial INTEGER, sources_unreadable INTEGER, sources_unrecognised INTEGER,
  records INTEGER, losses INTEGER,
  incident_count INTEGER            -- of the report; at most 24 are in table incident
) STRICT, WITHOUT ROWID;

CREATE TABLE place ( -- where it was found; several: the same bundle lay there more than once
  bundle TEXT NOT NULL, path TEXT NOT NULL,
  name TEXT NOT NULL,               -- '' not known, as in the two below
  content TEXT NOT NULL,            -- hash of what lay there
  report TEXT NOT NULL,             -- the single report, relative to the folder of fleet.db
  PRIMARY KEY (bundle, path, name, content, report)
) STRICT, WITHOUT ROWID;

CREATE TABLE tag ( -- what the capture's manifest says of the host: the groups of the report
  bundle TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (bundle, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE format ( -- what was in it
  bundle TEXT NOT NULL, format TEXT NOT NULL, sources INTEGER NOT NULL, records INTEGER NOT NULL,
  PRIMARY KEY (bundle, format)
) STRICT, WITHOUT ROWID;

CREATE TABLE damage ( -- captures in it that could not be read whole; the first 12
  bundle TEXT NOT NULL, path TEXT NOT NULL, format TEXT,
  status TEXT NOT NULL CHECK (status IN ('partial','unreadable')),
  error TEXT,
  PRIMARY KEY (bundle, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE incident (
  bundle TEXT NOT NULL, rank INTEGER NOT NULL,  -- 1 explains the most stall time of its bundle
  id TEXT NOT NULL,                 -- in the single report
  signature TEXT NOT NULL,
  cause_key TEXT NOT NULL,          -- the signature without the operations that suffered: by this a fleet is grouped
  title TEXT NOT NULL, confidence TEXT NOT NULL,
  operation TEXT,
  lock TEXT, lock_type TEXT, wanted TEXT, held TEXT, cause TEXT,
  role TEXT, doing TEXT, how TEXT,  -- of the first holder
  stalled INTEGER, operations INTEGER, total_ns INTEGER, worst_ns INTEGER, worst_open INTEGER,
  at TEXT,                          -- when the worst operation began
  estimate_worst_ns INTEGER, estimate_basis TEXT,
  PRIMARY KEY (bundle, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE holder (
  bundle TEXT NOT NULL, incident INTEGER NOT NULL, rank INTEGER NOT NULL,  -- incident: incident.rank
  comm TEXT NOT NULL, role TEXT NOT NULL, how TEXT NOT NULL, doing TEXT,
  longest_ns INTEGER, blocking_ns INTEGER,
  PRIMARY KEY (bundle, incident, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE fix (
  bundle TEXT NOT NULL, incident INTEGER NOT NULL, rank INTEGER NOT NULL,
  id TEXT NOT NULL, title TEXT NOT NULL,
  applies TEXT NOT NULL CHECK (applies IN ('affected','fixed','unknown')),
  decided_by TEXT NOT NULL, fixed_in TEXT,
  PRIMARY KEY (bundle, incident, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE conflict ( -- another card of the same bundle, which lost: other tool, other options, or once without a verdict
  bundle TEXT NOT NULL, tool TEXT NOT NULL, options TEXT NOT NULL, body TEXT NOT NULL,
  judged INTEGER NOT NULL, outcome TEXT NOT NULL,  -- verdict or reason
  PRIMARY KEY (bundle, tool, options, body)
) STRICT, WITHOUT ROWID;

-- Sums, made from the tables above when the file is finished. Rates are parts per million, with their 95 % interval (Wilson). ------

CREATE TABLE total ( -- one row
  bundles INTEGER NOT NULL, judged INTEGER NOT NULL, found INTEGER NOT NULL, clear INTEGER NOT NULL, undecided INTEGER NOT NULL,
  not_assessed INTEGER NOT NULL, failed INTEGER NOT NULL,  -- no verdict at all
  lossy INTEGER NOT NULL, damaged INTEGER NOT NULL,        -- judged, and events lost; with a capture not read whole
  hosts INTEGER NOT NULL, hosts_judged INTEGER NOT NULL, no_host INTEGER NOT NULL,  -- no_host: judged bundles that name none
  incidents INTEGER NOT NULL, stall_ns INTEGER NOT NULL, unmeasured INTEGER NOT NULL,  -- incidents that tell no stall time
  places INTEGER NOT NULL, conflicts INTEGER NOT NULL,     -- conflicts: bundles with any
  wall_from TEXT, wall_to TEXT
) STRICT;

CREATE TABLE cause (
  cause_key TEXT NOT NULL PRIMARY KEY,
  rank_stall INTEGER NOT NULL, rank_hosts INTEGER NOT NULL, rank_bundles INTEGER NOT NULL,
  lock TEXT, wanted TEXT, role TEXT, doing TEXT, cause TEXT,
  operations TEXT,                  -- that suffered, of all incidents
  incidents INTEGER NOT NULL, bundles INTEGER NOT NULL, hosts INTEGER NOT NULL,
  high INTEGER NOT NULL, medium INTEGER NOT NULL, low INTEGER NOT NULL,  -- incidents by confidence
  stall_ns INTEGER NOT NULL, stall_ppm INTEGER, worst_ns INTEGER, stalled INTEGER NOT NULL,
  unmeasured INTEGER NOT NULL,
  bundles_ppm INTEGER, bundles_low_ppm INTEGER, bundles_high_ppm INTEGER,  -- of the judged bundles
  hosts_ppm INTEGER, hosts_low_ppm INTEGER, hosts_high_ppm INTEGER,        -- of the hosts with a judged bundle
  first_at TEXT, last_at TEXT,
  fix TEXT, fix_title TEXT, fixed_in TEXT, affected INTEGER NOT NULL, fixed INTEGER NOT NULL, -- the known fix of most incidents; how many kernels lack it, have it
  worst_bundle TEXT NOT NULL, worst_incident TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE kernel ( -- by release; '' not known
  release TEXT NOT NULL PRIMARY KEY, series TEXT, vendor TEXT,
  bundles INTEGER NOT NULL, judged INTEGER NOT NULL, found INTEGER NOT NULL, hosts INTEGER NOT NULL, stall_ns INTEGER NOT NULL,
  found_ppm INTEGER, found_low_ppm INTEGER, found_high_ppm INTEGER,
  top_cause TEXT                    -- that costs most there
) STRICT, WITHOUT ROWID;
CREATE TABLE cause_kernel (
  cause_key TEXT NOT NULL, release TEXT NOT NULL,
  incidents INTEGER NOT NULL, bundles INTEGER NOT NULL, hosts INTEGER NOT NULL, stall_ns INTEGER NOT NULL,
  PRIMARY KEY (cause_key, release)
) STRICT, WITHOUT ROWID;

CREATE TABLE host_group ( -- by tag
  tag TEXT NOT NULL, value TEXT NOT NULL,
  bundles INTEGER NOT NULL, judged INTEGER NOT NULL, found INTEGER NOT NULL, hosts INTEGER NOT NULL, stall_ns INTEGER NOT NULL,
  found_ppm INTEGER, found_low_ppm INTEGER, found_high_ppm INTEGER,
  top_cause TEXT,
  PRIMARY KEY (tag, value)
) STRICT, WITHOUT ROWID;
CREATE TABLE cause_group (
  cause_key TEXT NOT NULL, tag TEXT NOT NULL, value TEXT NOT NULL,
  incidents INTEGER NOT NULL, bundles INTEGER NOT NULL, hosts INTEGER NOT NULL, stall_ns INTEGER NOT NULL,
  PRIMARY KEY (cause_key, tag, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE hour ( -- UTC, when the worst operation of each incident began; weekday 0 is Monday
  cause_key TEXT NOT NULL, weekday INTEGER NOT NULL, hour INTEGER NOT NULL,
  incidents INTEGER NOT NULL, stall_ns INTEGER NOT NULL,
  PRIMARY KEY (cause_key, weekday, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE culprit ( -- who was in the way; numbers in task names are "#", so that kswapd0 and kswapd1 are one
  role TEXT NOT NULL, comm TEXT NOT NULL, lock TEXT NOT NULL,  -- lock: '' none
  incidents INTEGER NOT NULL, bundles INTEGER NOT NULL, hosts INTEGER NOT NULL,
  blocking_ns INTEGER NOT NULL, longest_ns INTEGER,
  observed INTEGER NOT NULL,        -- incidents in which its hold was seen: observed, handed_over, recorded_owner
  PRIMARY KEY (role, comm, lock)
) STRICT, WITHOUT ROWID;

CREATE TABLE upgrade ( -- what a kernel of this release or later has the fixes for
  release TEXT NOT NULL PRIMARY KEY, rank INTEGER NOT NULL,    -- rank: by age of the release
  fixes TEXT NOT NULL,              -- new with this release, among those that the fleet lacks
  incidents INTEGER NOT NULL, bundles INTEGER NOT NULL, hosts INTEGER NOT NULL,
  stall_ns INTEGER NOT NULL, stall_ppm INTEGER,                -- of the incidents whose known fix is in it, and whose kernel lacks it
  estimated INTEGER NOT NULL, estimated_ns INTEGER NOT NULL,   -- so many of them have an estimate, and these take so much away
  estimated_of_ns INTEGER NOT NULL                             -- of so much
) STRICT, WITHOUT ROWID;

CREATE TABLE unjudged ( -- how many for which reason
  reason TEXT NOT NULL PRIMARY KEY, bundles INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
