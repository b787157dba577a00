-- Which server and database this is, and what it may be used for.
SELECT (SELECT s.system_identifier FROM pg_control_system() AS s)::text AS system_identifier,
       d.oid AS database_oid,
       d.datname AS database,
       pg_encoding_to_char(d.encoding) AS encoding,
       -- Providers but libc's came with version 15, and the column of their locale has another name since 17.
       CASE to_jsonb(d) ->> 'datlocprovider'
           WHEN 'i' THEN 'ICU ' || coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')
           WHEN 'b' THEN 'builtin ' || (to_jsonb(d) ->> 'datlocale')
           ELSE d.datcollate || CASE WHEN d.datctype <> d.datcollate THEN ', ' || d.datctype ELSE '' END
       END AS locale,
       pg_is_in_recovery() AS is_replica,
       current_setting('transaction_read_only') = 'on' AS is_read_only,
       current_setting('is_superuser') = 'on' AS is_superuser,
       current_setting('server_version') AS version
  FROM pg_database AS d
 WHERE d.datname = current_database()
