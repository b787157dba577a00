-- What has an OID, with its kind: OIDs of one database seldom meet, though each catalog counts for itself.
SELECT 'function' AS kind, n.nspname::text AS schema, p.proname::text AS name
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE p.oid = $1::oid
UNION ALL
SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence'
                      ELSE 'table' END, n.nspname, c.relname
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = $1::oid
UNION ALL
SELECT 'type', n.nspname, t.typname
  FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace WHERE t.oid = $1::oid
UNION ALL
SELECT 'constraint', n.nspname, k.conname
  FROM pg_constraint AS k JOIN pg_namespace AS n ON n.oid = k.connamespace WHERE k.oid = $1::oid
UNION ALL
SELECT 'rule of', n.nspname, c.relname
  FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE r.oid = $1::oid
UNION ALL
SELECT 'trigger of', n.nspname, c.relname
  FROM pg_trigger AS g JOIN pg_class AS c ON c.oid = g.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE g.oid = $1::oid
