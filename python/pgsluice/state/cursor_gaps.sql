-- What is not written of a range, in order; all of it where there is no such cursor.
SELECT pg_catalog.lower(g.piece) AS first, pg_catalog.upper(g.piece) AS behind
  FROM pg_catalog.unnest(
           pg_catalog.int8multirange(pg_catalog.int8range($2::int8, $3::int8))
           - COALESCE((SELECT c.written FROM _pgsluice.cursor AS c WHERE c.name = $1), '{}')
       ) AS g (piece)
 ORDER BY 1
