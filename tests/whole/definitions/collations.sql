-- Collations; their encoding is any or the database's, which is the same.
SELECT c.oid::regcollation::text AS name,
       (to_jsonb(c) - '{oid,collnamespace,collowner,collversion,collencoding}'::text[])::text AS definition
  FROM pg_collation AS c WHERE c.oid >= 16384
