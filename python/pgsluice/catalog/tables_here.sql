-- Those of the named tables that are here.
SELECT n.nspname AS schema, c.relname AS name
  FROM unnest($1::text[]) AS w (name)
  JOIN pg_class AS c ON c.oid = to_regclass(w.name)
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
