-- Sessions in the way of an ACCESS SHARE lock on the given tables: those that have ACCESS EXCLUSIVE, or wait for it.
SELECT t.schema || '.' || t.name AS label, l.pid, l.granted AS is_granted
  FROM unnest($1::text[], $2::text[]) AS t (schema, name)
  JOIN pg_namespace AS n ON n.nspname = t.schema
  JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = t.name
  JOIN pg_locks AS l ON l.relation = c.oid AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
  JOIN pg_database AS d ON d.oid = l.database AND d.datname = current_database()
 ORDER BY l.granted DESC, 1, 2
