-- Every table that holds rows of its own, with the partitioned tables above it.
SELECT c.oid,
       n.nspname AS schema,
       c.relname AS name,
       c.relkind::text AS kind,
       c.relispartition AS is_partition,
       coalesce(pg_partition_root(c.oid), c.oid)::oid AS root_oid,
       c.relpersistence = 'u' AS is_unlogged,
       c.relrowsecurity AS has_row_security,
       row_security_active(c.oid) AS is_row_security_active,
       c.reltuples::float8 AS rows_estimate,
       CASE WHEN c.relkind = 'p' THEN 0 ELSE pg_table_size(c.oid) END AS size_bytes,
       CASE WHEN c.relkind = 'p' THEN 0 ELSE pg_indexes_size(c.oid) END AS indexes_bytes,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS may_select,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'INSERT') AS may_insert,
       (SELECT e.extname FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e' LIMIT 1) AS extension,
       (SELECT p.partattrs::int2[] FROM pg_partitioned_table AS p WHERE p.partrelid = c.oid) AS partition_attnums,
       EXISTS (SELECT 1 FROM pg_partitioned_table AS p WHERE p.partrelid = c.oid AND p.partstrat = 'h') AS is_hashed,
       ARRAY(SELECT i.inhparent FROM pg_inherits AS i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno)::oid[] AS parent_oids
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'f')
   AND c.relpersistence <> 't'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', '_pgsluice')
 ORDER BY n.nspname, c.relname
