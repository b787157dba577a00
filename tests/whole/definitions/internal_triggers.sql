-- The triggers of foreign keys and deferred keys have names of their own on each server; how many are on must agree.
SELECT format('%s of %I on %s', t.tgfoid::regproc, k.conname, t.tgrelid::regclass) AS name,
       string_agg(t.tgenabled::text, '' ORDER BY t.tgenabled, t.tgtype) AS definition
  FROM pg_trigger AS t JOIN pg_constraint AS k ON k.oid = t.tgconstraint
 WHERE t.oid >= 16384 AND t.tgisinternal AND k.connamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname = '_pgsluice')
 GROUP BY t.tgfoid, k.conname, t.tgrelid
