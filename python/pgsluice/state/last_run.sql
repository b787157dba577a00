-- The newest run that was not replaced, what it planned, and what it wrote of each table.
SELECT r.run_id, r.state, r.started_at, r.finished_at, r.plan_hash, r.key_id, r.source_system, r.source_database,
       r.schema_state, r.snapshot_count,
       EXISTS (SELECT 1 FROM _pgsluice.audit AS a
                WHERE a.run_id = r.run_id AND a.record LIKE '{"event":"run-resumed"%') AS was_resumed,
       -- A state of an older format has no such column.
       to_jsonb(r) ->> 'plan_outline' AS outline,
       ARRAY(SELECT t.table_schema || '.' || t.table_name FROM _pgsluice.table_run AS t
              WHERE t.run_id = r.run_id ORDER BY 1) AS labels,
       ARRAY(SELECT coalesce(sum(b.row_count), 0)::int8
               FROM _pgsluice.table_run AS t LEFT JOIN _pgsluice.batch AS b USING (run_id, table_schema, table_name)
              WHERE t.run_id = r.run_id
              GROUP BY t.table_schema, t.table_name
              ORDER BY t.table_schema || '.' || t.table_name) AS rows,
       ARRAY(SELECT coalesce(sum(b.size_bytes), 0)::int8
               FROM _pgsluice.table_run AS t LEFT JOIN _pgsluice.batch AS b USING (run_id, table_schema, table_name)
              WHERE t.run_id = r.run_id
              GROUP BY t.table_schema, t.table_name
              ORDER BY t.table_schema || '.' || t.table_name) AS sizes
  FROM _pgsluice.run AS r
 WHERE r.state <> 'replaced'
 ORDER BY r.started_at DESC
 LIMIT 1
