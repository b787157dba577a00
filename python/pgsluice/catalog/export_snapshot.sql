-- Let others join this transaction's snapshot, and say which moment of the server it is of.
SELECT pg_export_snapshot() AS name,
       clock_timestamp() AS taken_at,
       pg_is_in_recovery() AS is_replica,
       CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS lsn,
       -- A replica tells its timeline as of its last restart point.
       CASE WHEN pg_is_in_recovery() THEN (SELECT c.timeline_id FROM pg_control_checkpoint() AS c)
            ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int
       END AS timeline
