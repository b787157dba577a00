-- What decides how a target is loaded: its settings, its copies elsewhere, and what the role may do.
SELECT current_setting('server_version_num')::int4 / 10000 AS major,
       current_setting('wal_level') AS wal_level,
       pg_size_bytes(current_setting('max_wal_size')) AS max_wal_bytes,
       current_setting('checkpoint_completion_target')::float8 AS checkpoint_completion_target,
       pg_size_bytes(current_setting('shared_buffers')) AS shared_buffers_bytes,
       pg_size_bytes(current_setting('maintenance_work_mem')) AS maintenance_memory_bytes,
       -- Of a session that set nothing itself.
       (SELECT s.reset_val FROM pg_settings AS s WHERE s.name = 'synchronous_commit') AS synchronous_commit,
       current_setting('synchronous_standby_names') AS synchronous_standby_names,
       current_setting('autovacuum')::bool AS has_autovacuum,
       current_setting('fsync')::bool AS has_fsync,
       current_setting('full_page_writes')::bool AS has_full_page_writes,
       current_setting('archive_mode') <> 'off' AS is_archiving,
       (SELECT count(*) FROM pg_stat_replication) AS standby_count,
       -- Each keeps all WAL that is written from here on.
       ARRAY(SELECT s.slot_name::text FROM pg_replication_slots AS s WHERE NOT s.active ORDER BY 1) AS idle_slots,
       current_setting('is_superuser')::bool AS is_superuser
