-- Every cast between two types, whoever made it.
SELECT sn.nspname AS source_schema, s.typname AS source_name, tn.nspname AS target_schema, t.typname AS target_name
  FROM pg_cast AS c
  JOIN pg_type AS s ON s.oid = c.castsource
  JOIN pg_namespace AS sn ON sn.oid = s.typnamespace
  JOIN pg_type AS t ON t.oid = c.casttarget
  JOIN pg_namespace AS tn ON tn.oid = t.typnamespace
 WHERE s.oid <> t.oid
