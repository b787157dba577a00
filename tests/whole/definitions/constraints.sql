-- Constraints of tables and domains, with what their definition leaves unsaid.
SELECT format('%I on %s', k.conname, coalesce(NULLIF(k.conrelid, 0)::regclass::text, k.contypid::regtype::text)) AS name,
       pg_get_constraintdef(k.oid) || jsonb_build_array(
           k.convalidated, k.condeferrable, k.condeferred, k.conislocal, k.coninhcount,
           CASE WHEN k.contype IN ('c', 'n') THEN k.connoinherit END,
           k.conparentid <> 0, to_jsonb(k) -> 'conenforced'
       )::text AS definition
  FROM pg_constraint AS k
 WHERE k.oid >= 16384 AND k.connamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname = '_pgsluice')
   AND k.contype <> 't'
