-- card.sql - every bundle as the card that it came with (schema holdup.card.v1), its places together: the view `card`, and fleet.ndjson.
  SELECT b.key, json_object(
    'schema', 'holdup.card.v1', 'key', b.key, 'body', b.body, 'tool', b.tool, 'options', b.options,
    'judged', json(iif(b.judged, 'true', 'false')), 'verdict', b.verdict, 'reason', b.reason, 'sentence', b.sentence,
    'lossy', json(iif(b.lossy IS NULL, 'null', iif(b.lossy, 'true', 'false'))), 'threshold_ns', b.threshold_ns, 'host', b.host,
    'kernel', json_object('release', b.kernel_release, 'base', b.kernel_base, 'series', b.kernel_series, 'vendor', b.kernel_vendor,
      'arch', b.arch),
    'cpus', b.cpus, 'memory_bytes', b.memory_bytes,
    'window', json_object('from', b.wall_from, 'to', b.wall_to, 'duration_ns', b.duration_ns), 'bytes', b.bytes, 'files', b.files,
    'tags', (SELECT json_group_array(json_object('key', key, 'value', value)) FROM (
      SELECT key, value FROM tag t WHERE t.bundle = b.key ORDER BY key)),
    'sources', json_object('complete', b.sources_complete, 'partial', b.sources_partial, 'unreadable', b.sources_unreadable,
      'unrecognised', b.sources_unrecognised, 'records', b.records, 'losses', b.losses),
    'formats', (SELECT json_group_array(json_object('format', format, 'sources', sources, 'records', records)) FROM (
      SELECT format, sources, records FROM format f WHERE f.bundle = b.key ORDER BY format)),
    'damaged', (SELECT json_group_array(json_object('path', path, 'format', format, 'status', status, 'error', error)) FROM (
      SELECT path, format, status, error FROM damage d WHERE d.bundle = b.key ORDER BY path)),
    'incident_count', b.incident_count,
    'incidents', (SELECT json_group_array(json_object(
        'id', i.id, 'signature', i.signature, 'cause_key', i.cause_key, 'title', i.title, 'confidence', i.confidence,
        'operation', i.operation, 'lock', i.lock, 'lock_type', i.lock_type, 'wanted', i.wanted, 'held', i.held, 'cause', i.cause,
        'stalled', i.stalled, 'operations', i.operations, 'total_ns', i.total_ns, 'worst_ns', i.worst_ns,
        'worst_open', json(iif(i.worst_open IS NULL, 'null', iif(i.worst_open, 'true', 'false'))), 'at', i.at,
        'estimate_worst_ns', i.estimate_worst_ns, 'estimate_basis', i.estimate_basis,
        'holders', (SELECT json_group_array(json_object('comm', comm, 'role', role, 'how', how, 'doing', doing,
            'longest_ns', longest_ns, 'blocking_ns', blocking_ns)) FROM (
          SELECT * FROM holder h WHERE h.bundle = i.bundle AND h.incident = i.rank ORDER BY h.rank)),
        'fixes', (SELECT json_group_array(json_object('id', id, 'title', title, 'applies', applies, 'decided_by', decided_by,
            'fixed_in', fixed_in)) FROM (
          SELECT * FROM fix f WHERE f.bundle = i.bundle AND f.incident = i.rank ORDER BY f.rank))))
      FROM (SELECT * FROM incident n WHERE n.bundle = b.key ORDER BY n.rank) i),
    'places', (SELECT json_group_array(json_object('path', path, 'name', nullif(name, ''), 'content', nullif(content, ''),
        'report', nullif(report, ''))) FROM (
      SELECT path, name, content, report FROM place p WHERE p.bundle = b.key ORDER BY path, name, content, report))) AS card
  FROM bundle b
