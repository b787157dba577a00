-- Tables that are not among the named ones and whose foreign keys lead to them. A partitioned table is left out if all
-- of its partitions are among those named.
WITH given (oid) AS (
    SELECT to_regclass(n)::oid FROM unnest($1::text[]) AS n WHERE to_regclass(n) IS NOT NULL
), above (oid) AS (
    SELECT g.oid FROM given AS g
    UNION
    SELECT a::oid FROM given AS g, pg_partition_ancestors(g.oid) AS a
)
SELECT n.nspname AS schema, c.relname AS name
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.oid IN (SELECT k.conrelid FROM above JOIN pg_constraint AS k ON k.confrelid = above.oid AND k.contype = 'f')
   AND c.oid NOT IN (SELECT g.oid FROM given AS g)
   AND (c.relkind <> 'p' OR EXISTS (
           SELECT 1 FROM pg_partition_tree(c.oid) AS p JOIN pg_class AS l ON l.oid = p.relid
            WHERE l.relkind <> 'p' AND l.oid NOT IN (SELECT g.oid FROM given AS g)))
 ORDER BY 1, 2
