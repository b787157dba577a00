-- Gives the end of the log, then writes a record whose commit flushes all before it: only what is flushed can be read.
SELECT pg_current_wal_insert_lsn()::text AS lsn, pg_logical_emit_message(true, 'pgsluice', '')::text AS mark
