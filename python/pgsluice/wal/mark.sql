-- Gives the end of the log, then writes a record whose commit flushes all before it: only what is flushed can be read.
SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8 AS byte, pg_logical_emit_message(true, 'pgsluice', '')::text
