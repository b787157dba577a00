-- How far a replica is behind what it has received, and when it cancels readers that are in the way.
SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::int8 AS waiting_bytes,
       extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 AS last_commit_age_s,
       CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END AS is_paused,
       (SELECT s.setting::int FROM pg_settings AS s WHERE s.name = 'max_standby_streaming_delay') AS delay_ms_max,
       current_setting('hot_standby_feedback')::bool AS has_feedback
