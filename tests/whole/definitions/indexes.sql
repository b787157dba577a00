-- Indexes with their state.
SELECT i.indexrelid::regclass::text AS name,
       pg_get_indexdef(i.indexrelid) || jsonb_build_array(
           i.indisvalid, i.indisready, i.indislive, i.indisclustered, i.indisreplident, i.indimmediate, i.indisprimary,
           (SELECT h.inhparent::regclass FROM pg_inherits AS h WHERE h.inhrelid = i.indexrelid)
       )::text AS definition
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
 WHERE i.indexrelid >= 16384 AND c.relpersistence <> 't'
   AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_toast', '_pgsluice'))
