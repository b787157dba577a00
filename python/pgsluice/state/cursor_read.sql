-- A cursor, with the place where live batches go on: behind what backfills wrote from its position on.
SELECT COALESCE((SELECT pg_catalog.upper(w.piece) FROM pg_catalog.unnest(c.written) AS w (piece)
                  WHERE w.piece @> c.position), c.position) AS position,
       c.moved_by::text AS moved_by,
       c.written && pg_catalog.int8range($2::int8, $3::int8) AS is_partly_written,
       c.written @> pg_catalog.int8range($2, $3) AS is_written
  FROM _pgsluice.cursor AS c
 WHERE c.name = $1
