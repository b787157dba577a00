-- Materialized views, with the relations that each reads: directly, through other views, as partitions or children.
WITH RECURSIVE reads AS (
    SELECT DISTINCT r.ev_class AS view_oid, d.refobjid AS read_oid
      FROM pg_rewrite AS r
      JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm')
      JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                         AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
     UNION
    SELECT i.inhparent, i.inhrelid FROM pg_inherits AS i
), reached AS (
    SELECT view_oid, read_oid FROM reads
     UNION
    SELECT f.view_oid, r.read_oid FROM reached AS f JOIN reads AS r ON r.view_oid = f.read_oid
)
SELECT c.oid,
       n.nspname AS schema,
       c.relname AS name,
       c.relispopulated AS is_populated,
       ARRAY(SELECT f.read_oid FROM reached AS f WHERE f.view_oid = c.oid)::oid[] AS read_oids
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind = 'm'
 ORDER BY c.oid
