-- Extensions of the database, but for the language that every database has.
SELECT e.oid, e.extname AS name, e.extversion AS version
  FROM pg_extension AS e
 WHERE e.extname <> 'plpgsql'
 ORDER BY e.extname
