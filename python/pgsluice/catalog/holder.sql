-- Let others join this transaction's snapshot, and name the session that keeps it for so many seconds.
SELECT pg_export_snapshot() AS snapshot_name,
       pg_backend_pid() AS pid,
       (SELECT l.virtualxid FROM pg_locks AS l
         WHERE l.locktype = 'virtualxid' AND l.granted AND l.pid = pg_backend_pid()) AS virtual_transaction,
       current_setting('application_name') AS application_name,
       clock_timestamp() AS since,
       clock_timestamp() + make_interval(secs => $1) AS until
