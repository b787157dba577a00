-- Extensions with schema and version.
SELECT e.extname AS name, jsonb_build_array(e.extnamespace::regnamespace, e.extversion)::text AS definition
  FROM pg_extension AS e
