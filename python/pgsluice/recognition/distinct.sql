-- How many different values the last ANALYZE expected in the columns of the given relations.
SELECT c.oid AS relation_oid,
       s.attname AS name,
       max(CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * greatest(c.reltuples, 0) ELSE s.n_distinct END)::float8
           AS different
  FROM pg_stats AS s
  JOIN pg_namespace AS n ON n.nspname = s.schemaname
  JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = s.tablename
 WHERE c.oid = ANY ($1::oid[]) AND s.n_distinct <> 0
 GROUP BY c.oid, s.attname
