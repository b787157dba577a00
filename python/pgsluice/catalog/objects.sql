-- What stands beside tables and their rows, by kind and name, with the table it belongs to; extensions' own left out.
WITH used AS (
    SELECT n.oid, n.nspname
      FROM pg_namespace AS n
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', '_pgsluice')
       AND n.nspname NOT LIKE 'pg\_temp\_%' AND n.nspname NOT LIKE 'pg\_toast\_temp\_%'
), found AS (
    SELECT 'index' AS kind, i.indexrelid AS oid, 'pg_class'::regclass AS catalog,
           s.nspname AS schema, c.relname AS name, i.indrelid AS table_oid
      FROM pg_index AS i
      JOIN pg_class AS c ON c.oid = i.indexrelid
      JOIN used AS s ON s.oid = c.relnamespace
     WHERE i.indisvalid AND i.indislive
       -- The index of a constraint is told by the constraint.
       AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k
                        WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    UNION ALL
    -- NOT NULL is in no such list before version 18; what carries a foreign key over to partitions has no name to
    -- keep.
    SELECT 'constraint', k.oid, 'pg_constraint'::regclass, s.nspname, k.conname, k.conrelid
      FROM pg_constraint AS k
      JOIN used AS s ON s.oid = k.connamespace
     WHERE k.conrelid <> 0 AND k.contype <> 'n' AND NOT (k.contype = 'f' AND k.conparentid <> 0)
    UNION ALL
    SELECT 'trigger', g.oid, 'pg_trigger'::regclass, s.nspname, g.tgname, g.tgrelid
      FROM pg_trigger AS g
      JOIN pg_class AS c ON c.oid = g.tgrelid
      JOIN used AS s ON s.oid = c.relnamespace
     WHERE NOT g.tgisinternal
    UNION ALL
    SELECT 'policy', p.oid, 'pg_policy'::regclass, s.nspname, p.polname, p.polrelid
      FROM pg_policy AS p
      JOIN pg_class AS c ON c.oid = p.polrelid
      JOIN used AS s ON s.oid = c.relnamespace
    UNION ALL
    SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END,
           c.oid, 'pg_class'::regclass, s.nspname, c.relname, NULL
      FROM pg_class AS c
      JOIN used AS s ON s.oid = c.relnamespace
     WHERE c.relkind IN ('v', 'm')
    UNION ALL
    SELECT 'rows of materialized view', c.oid, 'pg_class'::regclass, s.nspname, c.relname, NULL
      FROM pg_class AS c
      JOIN used AS s ON s.oid = c.relnamespace
     WHERE c.relkind = 'm' AND c.relispopulated
)
SELECT f.kind, f.schema, f.name, tn.nspname AS table_schema, t.relname AS table_name
  FROM found AS f
  LEFT JOIN pg_class AS t ON t.oid = f.table_oid
  LEFT JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
 WHERE NOT EXISTS (SELECT 1 FROM pg_depend AS e
                    WHERE e.classid = f.catalog AND e.objid = f.oid AND e.deptype = 'e')
   AND NOT EXISTS (SELECT 1 FROM pg_depend AS e
                    WHERE e.classid = 'pg_class'::regclass AND e.objid = f.table_oid AND e.deptype = 'e')
 ORDER BY 1, 2, 3
