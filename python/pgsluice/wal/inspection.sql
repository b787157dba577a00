-- Tells whether records can be read: where pg_walinspect is, whether it could be made, what the role may do.
SELECT pg_is_in_recovery() AS is_replica,
       current_setting('is_superuser') = 'on' AS is_superuser,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_walinspect') AS is_available,
       n.nspname AS schema,
       COALESCE(has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE'), false) AS may_read
  FROM (VALUES (1)) AS one
  LEFT JOIN pg_extension AS e ON e.extname = 'pg_walinspect'
  LEFT JOIN pg_namespace AS n ON n.oid = e.extnamespace
  LEFT JOIN pg_proc AS p ON p.pronamespace = n.oid AND p.proname = 'pg_get_wal_records_info'
