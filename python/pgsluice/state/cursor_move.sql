-- Moves a cursor over a live batch, if all is written up to the batch's start and nothing of the batch itself.
UPDATE _pgsluice.cursor AS c
   SET position = $3::int8,
       written = c.written + pg_catalog.int8multirange(pg_catalog.int8range($2, $3)),
       moved_by = $4::text::uuid,
       moved_at = pg_catalog.clock_timestamp()
 WHERE c.name = $1
   AND c.position <= $2::int8
   AND c.written @> pg_catalog.int8range(LEAST(c.position, $2), $2)
   AND NOT c.written && pg_catalog.int8range($2, $3)
RETURNING 1
