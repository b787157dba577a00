-- Records the range of a backfill's batch, if nothing of it is written.
UPDATE _pgsluice.cursor AS c
   SET written = c.written + pg_catalog.int8multirange(pg_catalog.int8range($2::int8, $3::int8)),
       moved_at = pg_catalog.clock_timestamp()
 WHERE c.name = $1 AND NOT c.written && pg_catalog.int8range($2, $3)
RETURNING 1
