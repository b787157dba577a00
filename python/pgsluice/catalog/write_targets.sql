-- Tables that rows are to be written to, by the names that the caller uses; a name that is none gives no row.
SELECT w.name AS asked,
       c.oid,
       n.nspname AS schema,
       c.relname AS name,
       c.relkind::text AS kind,
       c.relpersistence = 'u' AS is_unlogged,
       EXISTS (SELECT FROM pg_rewrite AS r
                WHERE r.ev_class = c.oid AND r.ev_type IN ('2', '3') AND r.ev_enabled <> 'D') AS has_rules,
       row_security_active(c.oid) AS is_row_security_active,
       has_any_column_privilege(c.oid, 'SELECT') AS may_select,
       has_any_column_privilege(c.oid, 'INSERT') AS may_insert,
       has_any_column_privilege(c.oid, 'UPDATE') AS may_update,
       has_database_privilege(current_database(), 'TEMP') AS may_stage,
       (SELECT p.partattrs::int2[] FROM pg_partitioned_table AS p WHERE p.partrelid = c.oid) AS partition_attnums,
       (SELECT p.partstrat::text FROM pg_partitioned_table AS p WHERE p.partrelid = c.oid) AS partition_kind,
       coalesce((SELECT o.option_value::int4 FROM pg_options_to_table(c.reloptions) AS o
                  WHERE o.option_name = 'fillfactor'), 100) AS fill_percent,
       -- Of rows: those of statements and of referential integrity do not change what is written.
       ARRAY(SELECT g.tgname::text FROM pg_trigger AS g
              WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled IN ('O', 'A') AND g.tgtype & 1 = 1
              ORDER BY g.tgname) AS row_triggers,
       (SELECT count(*)::int4 FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indislive) AS index_count,
       -- Columns whose change needs a new index entry, so that no update of them is HOT: those of keys, of INCLUDE, of
       -- expressions and of predicates. From version 16 on BRIN indexes do not count.
       ARRAY(SELECT DISTINCT a.attnum
               FROM pg_index AS i
               JOIN pg_class AS r ON r.oid = i.indexrelid
               JOIN pg_am AS m ON m.oid = r.relam
               JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum > 0
              WHERE i.indrelid = c.oid AND i.indislive
                AND NOT (m.amname = 'brin' AND current_setting('server_version_num')::int4 >= 160000)
                AND (a.attnum = ANY (i.indkey::int2[])
                     OR EXISTS (SELECT FROM pg_depend AS d
                                 WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                                   AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid
                                   AND d.refobjsubid = a.attnum))
              ORDER BY a.attnum) AS indexed_attnums
  FROM unnest($1::text[]) AS w (name)
  JOIN pg_class AS c ON c.oid = to_regclass(w.name)
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
