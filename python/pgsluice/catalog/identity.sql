-- Which server and database this is, and what it may be used for.
SELECT (SELECT s.system_identifier FROM pg_control_system() AS s)::text AS system_identifier,
       d.oid AS database_oid,
       d.datname AS database,
       pg_encoding_to_char(d.encoding) AS encoding,
       pg_is_in_recovery() AS is_replica,
       current_setting('transaction_read_only') = 'on' AS is_read_only,
       current_setting('is_superuser') = 'on' AS is_superuser,
       current_setting('server_version') AS version
  FROM pg_database AS d
 WHERE d.datname = current_database()
