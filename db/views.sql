-- views.sql - the event tables as people ask them: names instead of numbers, and case time.
--
-- at_ns is case time, the one axis of the bundle: ts + source.offset_ns; NULL where the source could not be put on it.
-- event_row is the row that evidence points to. comm is the task's name at that moment, as the same source tells it.
-- stack is a leaf: JOIN stack_v ON stack_v.id = stack. Enumerations are spelled like db/words.h. docs/store.md has examples.

CREATE VIEW source_v AS -- every file of the bundle, with its losses counted
  SELECT s.path, s.format, s.status, s.records, s.bytes, s.first_ts + s.offset_ns AS from_ns, s.last_ts + s.offset_ns AS to_ns,
  s.clock, s.offset_ns, s.slack_ns, s.aligned, (SELECT count(*) FROM loss l WHERE l.source = s.id) AS losses,
  (SELECT c.path FROM source c WHERE c.id = s.copy_of) AS copy_of, s.why, s.error
  FROM source s;

CREATE VIEW lock_v AS -- every lock that was seen, with its name
  SELECT printf('0x%x', l.address) AS address, l.name, l.named_by,
  (SELECT count(*) FROM lock_event e WHERE e.address = l.address) AS events
  FROM lock l;

CREATE VIEW stack_v AS -- frames, leaf first, one a line; a module stands behind its function in brackets
  SELECT s.id, (SELECT text FROM name WHERE id = s.symbol) AS leaf,
  (WITH RECURSIVE up (caller, frames, depth) AS (
     SELECT s.caller, (SELECT text FROM name WHERE id = s.symbol)
       || coalesce(' [' || (SELECT text FROM name WHERE id = s.module) || ']', ''), 1
     UNION ALL
     SELECT c.caller, up.frames || char(10) || (SELECT text FROM name WHERE id = c.symbol)
       || coalesce(' [' || (SELECT text FROM name WHERE id = c.module) || ']', ''), up.depth + 1
     FROM up JOIN stack c ON c.id = up.caller WHERE up.depth < 128)
   SELECT frames FROM up ORDER BY depth DESC LIMIT 1) AS frames
  FROM stack s;

CREATE VIEW switch_v AS -- tid left the CPU, next got it
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos, e.cpu, e.tid,
  coalesce((SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source
    AND t.ts <= e.ts ORDER BY t.ts DESC, t.rowid DESC LIMIT 1),
    (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source ORDER BY t.ts, t.rowid LIMIT 1)) AS comm,
  CASE e.context WHEN 1 THEN 'task' WHEN 2 THEN 'softirq' WHEN 3 THEN 'hardirq' WHEN 4 THEN 'nmi' END AS context, e.stack,
  CASE e.state WHEN 1 THEN 'running' WHEN 2 THEN 'preempted' WHEN 3 THEN 'sleeping' WHEN 4 THEN 'uninterruptible' WHEN 5 THEN 'stopped' WHEN 6 THEN 'traced' WHEN 7 THEN 'dead' WHEN 8 THEN 'idle' WHEN 9 THEN 'parked' ELSE 'unknown' END AS state,
  e.next, coalesce((SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.next AND t.source = e.source
    AND t.ts <= e.ts ORDER BY t.ts DESC, t.rowid DESC LIMIT 1),
    (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.next AND t.source = e.source ORDER BY t.ts, t.rowid LIMIT 1)) AS next_comm
  FROM switch e JOIN source s ON s.id = e.source;

CREATE VIEW wakeup_v AS -- tid, in that context, made target runnable
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos, e.cpu, e.tid,
  coalesce((SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source
    AND t.ts <= e.ts ORDER BY t.ts DESC, t.rowid DESC LIMIT 1),
    (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source ORDER BY t.ts, t.rowid LIMIT 1)) AS comm,
  CASE e.context WHEN 1 THEN 'task' WHEN 2 THEN 'softirq' WHEN 3 THEN 'hardirq' WHEN 4 THEN 'nmi' END AS context, e.stack,
  CASE e.step WHEN 1 THEN 'waking' WHEN 2 THEN 'wakeup' WHEN 3 THEN 'wakeup_new' END AS step,
  e.target, coalesce((SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.target AND t.source = e.source
    AND t.ts <= e.ts ORDER BY t.ts DESC, t.rowid DESC LIMIT 1),
    (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.target AND t.source = e.source ORDER BY t.ts, t.rowid LIMIT 1)) AS target_comm
  FROM wakeup e JOIN source s ON s.id = e.source;

CREATE VIEW lock_event_v AS -- what a probe on a lock saw
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos, e.cpu, e.tid,
  coalesce((SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source
    AND t.ts <= e.ts ORDER BY t.ts DESC, t.rowid DESC LIMIT 1),
    (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source ORDER BY t.ts, t.rowid LIMIT 1)) AS comm,
  CASE e.context WHEN 1 THEN 'task' WHEN 2 THEN 'softirq' WHEN 3 THEN 'hardirq' WHEN 4 THEN 'nmi' END AS context, e.stack,
  CASE e.step WHEN 1 THEN 'ask' WHEN 2 THEN 'try' WHEN 3 THEN 'returned' WHEN 4 THEN 'wait' WHEN 5 THEN 'wait_end' WHEN 6 THEN 'release' WHEN 7 THEN 'release_contended' END AS step,
  CASE e.mode WHEN 1 THEN 'read' WHEN 2 THEN 'write' END AS mode, CASE e.type WHEN 1 THEN 'rwsem' WHEN 2 THEN 'mutex' WHEN 3 THEN 'spin' WHEN 4 THEN 'rwlock' WHEN 5 THEN 'percpu_rwsem' WHEN 6 THEN 'rt' WHEN 7 THEN 'semaphore' END AS type,
  CASE WHEN e.address IS NOT NULL THEN printf('0x%x', e.address) END AS address,
  coalesce((SELECT text FROM name WHERE id = e.name), (SELECT name FROM lock WHERE address = e.address)) AS lock,
  (SELECT text FROM name WHERE id = e.function) AS function, e.result,
  e.known & 1 <> 0 AS knows_address, e.known & 2 <> 0 AS knows_result, e.known & 4 <> 0 AS knows_mode, e.known & 8 <> 0 AS knows_name
  FROM lock_event e JOIN source s ON s.id = e.source;

CREATE VIEW syscall_v AS -- entry and exit of a system call
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos, e.cpu, e.tid,
  coalesce((SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source
    AND t.ts <= e.ts ORDER BY t.ts DESC, t.rowid DESC LIMIT 1),
    (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source ORDER BY t.ts, t.rowid LIMIT 1)) AS comm,
  CASE e.context WHEN 1 THEN 'task' WHEN 2 THEN 'softirq' WHEN 3 THEN 'hardirq' WHEN 4 THEN 'nmi' END AS context, e.stack,
  CASE e.step WHEN 1 THEN 'begin' WHEN 2 THEN 'end' END AS step, e.number, (SELECT text FROM name WHERE id = e.name) AS name, e.result, (SELECT text FROM name WHERE id = e.detail) AS detail
  FROM syscall e JOIN source s ON s.id = e.source;

CREATE VIEW reclaim_v AS -- memory reclaim by kswapd or by a task itself
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos, e.cpu, e.tid,
  coalesce((SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source
    AND t.ts <= e.ts ORDER BY t.ts DESC, t.rowid DESC LIMIT 1),
    (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source ORDER BY t.ts, t.rowid LIMIT 1)) AS comm,
  CASE e.context WHEN 1 THEN 'task' WHEN 2 THEN 'softirq' WHEN 3 THEN 'hardirq' WHEN 4 THEN 'nmi' END AS context, e.stack,
  CASE e.kind WHEN 1 THEN 'kswapd' WHEN 2 THEN 'kswapd_asked' WHEN 3 THEN 'direct' WHEN 4 THEN 'memcg' WHEN 5 THEN 'memcg_soft' WHEN 6 THEN 'node' WHEN 7 THEN 'throttled' WHEN 8 THEN 'compaction' WHEN 9 THEN 'alloc_stall' END AS kind,
  CASE e.step WHEN 1 THEN 'begin' WHEN 2 THEN 'end' END AS step, e.pages, e."order", e.node, e.memcg
  FROM reclaim e JOIN source s ON s.id = e.source;

CREATE VIEW shrink_v AS -- one call of one shrinker
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos, e.cpu, e.tid,
  coalesce((SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source
    AND t.ts <= e.ts ORDER BY t.ts DESC, t.rowid DESC LIMIT 1),
    (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source ORDER BY t.ts, t.rowid LIMIT 1)) AS comm,
  CASE e.context WHEN 1 THEN 'task' WHEN 2 THEN 'softirq' WHEN 3 THEN 'hardirq' WHEN 4 THEN 'nmi' END AS context, e.stack,
  CASE e.step WHEN 1 THEN 'begin' WHEN 2 THEN 'end' END AS step, CASE WHEN e.shrinker IS NOT NULL THEN printf('0x%x', e.shrinker) END AS shrinker,
  (SELECT text FROM name WHERE id = e.function) AS function, e.objects, e.node, e.memcg
  FROM shrink e JOIN source s ON s.id = e.source;

CREATE VIEW reclaim_session_v AS -- reclaim as intervals: kswapd awake, one direct reclaim; pairs of one task in one source, losses not looked at
  SELECT b.event_row, b.source, b.kind, b.tid, b.comm, b.node, b."order", b.at_ns AS from_ns, b.until_ns AS to_ns, b.until_ns - b.at_ns AS duration_ns,
  b.reclaimed AS pages_reclaimed, b.memcg
  FROM (SELECT v.*, lead(v.at_ns) OVER w AS until_ns, lead(v.step) OVER w AS next_step, lead(v.pages) OVER w AS reclaimed
    FROM reclaim_v v WHERE v.kind NOT IN ('kswapd_asked', 'throttled', 'alloc_stall') AND v.source IN (SELECT path FROM source WHERE copy_of IS NULL)
    WINDOW w AS (PARTITION BY v.source, v.tid, v.kind ORDER BY v.at_ns, v.event_row)) b
  WHERE b.step = 'begin' AND b.next_step = 'end';

CREATE VIEW shrinker_call_v AS -- shrinker calls as intervals: objects that could be freed, and that were
  SELECT b.event_row, b.source, b.tid, b.comm, b.function, b.shrinker, b.node, b.at_ns AS from_ns, b.until_ns AS to_ns, b.until_ns - b.at_ns AS duration_ns,
  b.objects AS freeable, b.gone AS freed, b.stack, b.memcg
  FROM (SELECT v.*, lead(v.at_ns) OVER w AS until_ns, lead(v.step) OVER w AS next_step, lead(v.objects) OVER w AS gone,
      lead(v.shrinker) OVER w AS same, lead(v.function) OVER w AS same_function
    FROM shrink_v v WHERE v.source IN (SELECT path FROM source WHERE copy_of IS NULL)
    WINDOW w AS (PARTITION BY v.source, v.tid ORDER BY v.at_ns, v.event_row)) b
  WHERE b.step = 'begin' AND b.next_step = 'end' AND b.same IS b.shrinker AND b.same_function IS b.function;

CREATE VIEW io_v AS -- block I/O issued and completed
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos, e.cpu, e.tid,
  coalesce((SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source
    AND t.ts <= e.ts ORDER BY t.ts DESC, t.rowid DESC LIMIT 1),
    (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source ORDER BY t.ts, t.rowid LIMIT 1)) AS comm,
  CASE e.context WHEN 1 THEN 'task' WHEN 2 THEN 'softirq' WHEN 3 THEN 'hardirq' WHEN 4 THEN 'nmi' END AS context, e.stack,
  CASE e.step WHEN 1 THEN 'issue' WHEN 2 THEN 'complete' END AS step, CASE WHEN e.device IS NOT NULL THEN printf('%d:%d', e.device >> 20, e.device & 0xfffff) END AS device,
  e.sector, e.bytes, (SELECT text FROM name WHERE id = e.kind) AS kind
  FROM io e JOIN source s ON s.id = e.source;

CREATE VIEW span_v AS -- a stretch with a duration of its own; at_ns is its end
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos, e.cpu, e.tid,
  coalesce((SELECT text FROM name WHERE id = e.comm), (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source
    AND t.ts <= e.ts ORDER BY t.ts DESC, t.rowid DESC LIMIT 1),
    (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source ORDER BY t.ts, t.rowid LIMIT 1)) AS comm,
  CASE e.context WHEN 1 THEN 'task' WHEN 2 THEN 'softirq' WHEN 3 THEN 'hardirq' WHEN 4 THEN 'nmi' END AS context, e.stack,
  e.duration_ns, (SELECT text FROM name WHERE id = e.label) AS label, (SELECT text FROM name WHERE id = e.function) AS function,
  CASE WHEN e.address IS NOT NULL THEN printf('0x%x', e.address) END AS address,
  coalesce((SELECT text FROM name WHERE id = e.name), (SELECT name FROM lock WHERE address = e.address)) AS lock,
  e.known & 2 <> 0 AS knows_result
  FROM span e JOIN source s ON s.id = e.source;

CREATE VIEW sample_v AS -- on a CPU at that moment
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos, e.cpu, e.tid,
  coalesce((SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source
    AND t.ts <= e.ts ORDER BY t.ts DESC, t.rowid DESC LIMIT 1),
    (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source ORDER BY t.ts, t.rowid LIMIT 1)) AS comm,
  CASE e.context WHEN 1 THEN 'task' WHEN 2 THEN 'softirq' WHEN 3 THEN 'hardirq' WHEN 4 THEN 'nmi' END AS context, e.stack,
  (SELECT text FROM name WHERE id = e.event) AS event, e.period
  FROM sample e JOIN source s ON s.id = e.source;

CREATE VIEW snapshot_v AS -- one task's stack, with what the kernel said of it
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos, e.cpu, e.tid,
  coalesce((SELECT text FROM name WHERE id = e.comm), (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source
    AND t.ts <= e.ts ORDER BY t.ts DESC, t.rowid DESC LIMIT 1),
    (SELECT n.text FROM task t JOIN name n ON n.id = t.comm WHERE t.tid = e.tid AND t.source = e.source ORDER BY t.ts, t.rowid LIMIT 1)) AS comm,
  CASE e.context WHEN 1 THEN 'task' WHEN 2 THEN 'softirq' WHEN 3 THEN 'hardirq' WHEN 4 THEN 'nmi' END AS context, e.stack,
  CASE e.kind WHEN 1 THEN 'stack' WHEN 2 THEN 'hung_task' WHEN 3 THEN 'warning' WHEN 4 THEN 'lockup' WHEN 5 THEN 'oom' WHEN 6 THEN 'alloc_fail' END AS kind,
  CASE e.state WHEN 1 THEN 'running' WHEN 2 THEN 'preempted' WHEN 3 THEN 'sleeping' WHEN 4 THEN 'uninterruptible' WHEN 5 THEN 'stopped' WHEN 6 THEN 'traced' WHEN 7 THEN 'dead' WHEN 8 THEN 'idle' WHEN 9 THEN 'parked' ELSE 'unknown' END AS state,
  e.blocked_ns, e.blocker, (SELECT text FROM name WHERE id = e.blocker_comm) AS blocker_comm,
  CASE e.blocker_mode WHEN 1 THEN 'read' WHEN 2 THEN 'write' END AS blocker_mode, CASE e.lock_type WHEN 1 THEN 'rwsem' WHEN 2 THEN 'mutex' WHEN 3 THEN 'spin' WHEN 4 THEN 'rwlock' WHEN 5 THEN 'percpu_rwsem' WHEN 6 THEN 'rt' WHEN 7 THEN 'semaphore' END AS lock_type,
  (SELECT text FROM name WHERE id = e.text) AS text
  FROM snapshot e JOIN source s ON s.id = e.source;

CREATE VIEW counter_v AS -- something was measured; running: only differences mean something
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos, (SELECT text FROM name WHERE id = e.series) AS series, e.value, e.running
  FROM counter e JOIN source s ON s.id = e.source;

CREATE VIEW aggregate_v AS -- a row of a table or histogram that a tool printed
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos,
  (SELECT text FROM name WHERE id = e."table") AS "table", (SELECT text FROM name WHERE id = e.key) AS key, (SELECT text FROM name WHERE id = e.unit) AS unit,
  e.low, e.high, e.count, e.total
  FROM aggregate e JOIN source s ON s.id = e.source;

CREATE VIEW message_v AS -- a line of the kernel log
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos, e.level, e.tid, (SELECT text FROM name WHERE id = e.text) AS text, e.block
  FROM message e JOIN source s ON s.id = e.source;

CREATE VIEW task_v AS -- names and lives of tasks
  SELECT e.rowid AS event_row, s.path AS source, e.ts + s.offset_ns AS at_ns, e.pos, e.tid, e.tgid, e.parent, CASE e.step WHEN 1 THEN 'named' WHEN 2 THEN 'forked' WHEN 3 THEN 'execed' WHEN 4 THEN 'exited' END AS step, (SELECT text FROM name WHERE id = e.comm) AS comm
  FROM task e JOIN source s ON s.id = e.source;

CREATE VIEW loss_v AS -- what a capture lost, or we could not read
  SELECT e.rowid AS event_row, s.path AS source, e.pos, CASE e.kind WHEN 1 THEN 'dropped' WHEN 2 THEN 'unparsed' WHEN 3 THEN 'truncated' WHEN 4 THEN 'missing' END AS kind,
  e.cpu, e.from_ts + s.offset_ns AS from_ns, e.to_ts + s.offset_ns AS to_ns, e.count, e.text
  FROM loss e JOIN source s ON s.id = e.source;
