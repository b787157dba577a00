-- Counts how often one session has flushed the log to disk; versions from 18 on know.
SELECT sum(fsyncs)::int8 AS syncs FROM pg_stat_get_backend_io($1::int4) WHERE object = 'wal'
