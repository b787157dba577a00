-- Whether the role may read the given tables of what a copy left in the target.
SELECT count(*) = cardinality($1::text[])
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = '_pgsluice'
   AND c.relname = ANY ($1::text[])
   AND has_schema_privilege(n.oid, 'USAGE')
   AND has_table_privilege(c.oid, 'SELECT')
