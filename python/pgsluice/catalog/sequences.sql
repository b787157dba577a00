-- Sequences that were used, with the last value they gave.
SELECT s.schemaname AS schema, s.sequencename AS name, s.last_value
  FROM pg_sequences AS s
 WHERE s.last_value IS NOT NULL AND s.schemaname <> '_pgsluice'
 ORDER BY 1, 2
