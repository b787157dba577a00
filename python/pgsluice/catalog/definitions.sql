-- Constraints, indexes, triggers, defaults and rules of the given relations, each as the text that defines it.
SELECT k.conrelid AS relation_oid,
       CASE k.contype WHEN 'c' THEN 'CHECK' WHEN 'f' THEN 'foreign key' WHEN 'p' THEN 'primary key'
                      WHEN 'u' THEN 'UNIQUE' ELSE 'EXCLUDE' END AS kind,
       k.conname AS name,
       pg_get_constraintdef(k.oid) AS definition,
       k.conkey AS ordinals
  FROM pg_constraint AS k
 WHERE k.conrelid = ANY ($1::oid[]) AND k.contype IN ('c', 'f', 'p', 'u', 'x')
UNION ALL
SELECT i.indrelid, CASE WHEN i.indisunique THEN 'unique index' ELSE 'index' END, c.relname,
       -- Without its name: indexes of one definition are alike.
       replace(pg_get_indexdef(i.indexrelid), format('INDEX %I ON', c.relname), 'INDEX ON'), NULL
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
 WHERE i.indrelid = ANY ($1::oid[])
   AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT t.tgrelid, 'trigger', t.tgname, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text, NULL
  FROM pg_trigger AS t
 WHERE t.tgrelid = ANY ($1::oid[]) AND (NOT t.tgisinternal OR t.tgconstraint = 0)
UNION ALL
SELECT d.adrelid, CASE WHEN a.attgenerated <> '' THEN 'expression' ELSE 'default' END, a.attname,
       pg_get_expr(d.adbin, d.adrelid), ARRAY[a.attnum]
  FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
 WHERE d.adrelid = ANY ($1::oid[])
UNION ALL
SELECT r.ev_class, 'rule', r.rulename, pg_get_ruledef(r.oid), NULL
  FROM pg_rewrite AS r
 WHERE r.ev_class = ANY ($1::oid[])
UNION ALL
SELECT c.oid, 'row security', '', '', NULL
  FROM pg_class AS c
 WHERE c.oid = ANY ($1::oid[]) AND c.relrowsecurity
 ORDER BY 1, 2, 3
