-- Whether the role may read what a copy left in the target of its run and tables.
SELECT count(*) = 2
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = '_pgsluice'
   AND c.relname IN ('run', 'table_run')
   AND has_schema_privilege(n.oid, 'USAGE')
   AND has_table_privilege(c.oid, 'SELECT')
