-- Gives the end of the log as a number of bytes.
SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8
