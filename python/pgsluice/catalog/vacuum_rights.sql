-- The given tables that are there and the partitioned tables above them: may the role vacuum them?
WITH given AS (
    SELECT to_regclass(format('%I.%I', w.schema, w.name)) AS oid FROM unnest($1::text[], $2::text[]) AS w (schema, name)
), wanted AS (
    SELECT g.oid FROM given AS g WHERE g.oid IS NOT NULL
     UNION
    SELECT a.relid FROM given AS g, pg_partition_ancestors(g.oid) AS a
)
SELECT c.oid,
       n.nspname AS schema,
       c.relname AS name,
       c.relkind = 'p' AS is_partitioned,
       pg_partition_root(c.oid)::oid AS root_oid,
       -- As vacuum_is_permitted_for_relation has it: MAINTAIN is there from version 17 on, ownership counted before.
       pg_has_role(d.datdba, 'USAGE')
           OR CASE WHEN current_setting('server_version_num')::int4 >= 170000
                   THEN has_table_privilege(c.oid, 'MAINTAIN')
                   ELSE pg_has_role(c.relowner, 'USAGE') END AS may_vacuum
  FROM wanted AS w
  JOIN pg_class AS c ON c.oid = w.oid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_database AS d ON d.datname = current_database()
 ORDER BY 2, 3
