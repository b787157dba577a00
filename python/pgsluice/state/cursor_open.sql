-- Makes a cursor, or gives it the position from which live batches go where only backfills have used it.
INSERT INTO _pgsluice.cursor AS c (name, written, position, moved_at)
VALUES ($1, '{}', $2, pg_catalog.clock_timestamp())
ON CONFLICT (name) DO UPDATE SET position = excluded.position
 WHERE c.position IS NULL AND excluded.position IS NOT NULL
