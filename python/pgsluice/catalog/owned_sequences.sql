-- Sequences with where they stand and the column they belong to; the last value is NULL where they gave none yet.
SELECT n.nspname AS schema,
       c.relname AS name,
       CASE WHEN has_sequence_privilege(c.oid, 'USAGE, SELECT') THEN pg_sequence_last_value(c.oid) END AS last_value,
       has_sequence_privilege(c.oid, 'USAGE, SELECT') AS may_read,
       s.seqstart AS first_value,
       s.seqincrement AS increment,
       tn.nspname AS table_schema,
       t.relname AS table_name,
       t.relkind = 'p' AS is_partitioned,
       a.attname AS column_name
  FROM pg_sequence AS s
  JOIN pg_class AS c ON c.oid = s.seqrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_depend AS d
         ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
        AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
  LEFT JOIN pg_class AS t ON t.oid = d.refobjid
  LEFT JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
  LEFT JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
 WHERE c.relpersistence <> 't'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', '_pgsluice')
   AND NOT EXISTS (SELECT 1 FROM pg_depend AS e
                    WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
 ORDER BY n.nspname, c.relname
