-- Tables that rows are to be written to, by the names that the caller uses; a name that is none gives no row.
SELECT w.name AS asked,
       c.oid,
       n.nspname AS schema,
       c.relname AS name,
       c.relkind::text AS kind,
       c.relispartition AS is_partition,
       c.relpersistence = 'u' AS is_unlogged,
       c.relhasrules AS has_rules,
       c.reltuples::float8 AS rows_estimate,
       row_security_active(c.oid) AS is_row_security_active,
       has_any_column_privilege(c.oid, 'SELECT') AS may_select,
       has_any_column_privilege(c.oid, 'INSERT') AS may_insert,
       has_any_column_privilege(c.oid, 'UPDATE') AS may_update,
       (SELECT p.partattrs::int2[] FROM pg_partitioned_table AS p WHERE p.partrelid = c.oid) AS partition_attnums,
       (SELECT p.partstrat::text FROM pg_partitioned_table AS p WHERE p.partrelid = c.oid) AS partition_kind,
       coalesce((SELECT o.option_value::int4 FROM pg_options_to_table(c.reloptions) AS o
                  WHERE o.option_name = 'fillfactor'), 100) AS fill_percent,
       -- Of rows: those of statements and of referential integrity do not change what is written.
       ARRAY(SELECT g.tgname::text FROM pg_trigger AS g
              WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled IN ('O', 'A') AND g.tgtype & 1 = 1
              ORDER BY g.tgname) AS row_triggers
  FROM unnest($1::text[]) AS w (name)
  JOIN pg_class AS c ON c.oid = to_regclass(w.name)
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
