-- Triggers with how they are switched on.
SELECT format('%I on %s', t.tgname, t.tgrelid::regclass) AS name,
       pg_get_triggerdef(t.oid) || jsonb_build_array(t.tgenabled, t.tgparentid <> 0)::text AS definition
  FROM pg_trigger AS t
 WHERE t.oid >= 16384 AND NOT t.tgisinternal
