-- Owners and rights, compared only where they are copied. NULL and the built-in rights are told apart by no one.
WITH had (name, owner, rights, kind) AS (
    SELECT 'relation ' || c.oid::regclass, c.relowner, c.relacl, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char"
      FROM pg_class AS c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't'
       AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_toast', '_pgsluice')) AND c.oid >= 16384
    UNION ALL SELECT 'function ' || oid::regprocedure, proowner, proacl, 'f' FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'type ' || oid::regtype, typowner, typacl, 'T' FROM pg_type
        WHERE oid >= 16384 AND typtype <> 'c' AND typelem = 0 AND typtype <> 'm'
    UNION ALL SELECT 'schema ' || nspname, nspowner, nspacl, 'n' FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname <> '_pgsluice' AND nspname <> 'information_schema'
    UNION ALL SELECT 'server ' || srvname, srvowner, srvacl, 'S' FROM pg_foreign_server
    UNION ALL SELECT 'wrapper ' || fdwname, fdwowner, fdwacl, 'F' FROM pg_foreign_data_wrapper
    UNION ALL SELECT 'language ' || lanname, lanowner, lanacl, 'l' FROM pg_language WHERE oid >= 16384
    UNION ALL SELECT 'large object ' || oid, lomowner, lomacl, 'L' FROM pg_largeobject_metadata
)
SELECT h.name,
       jsonb_build_array(h.owner::regrole, (
           SELECT jsonb_agg(format('%s %s %s', CASE a.grantee WHEN 0 THEN 'public' ELSE a.grantee::regrole::text END, a.privilege_type, a.is_grantable)
                            ORDER BY a.grantee::regrole::text, a.privilege_type)
             FROM aclexplode(coalesce(h.rights, acldefault(h.kind, h.owner))) AS a))::text AS definition
  FROM had AS h
UNION ALL
SELECT format('column %s.%I', a.attrelid::regclass, a.attname),
       (SELECT jsonb_agg(x::text ORDER BY x::text) FROM unnest(a.attacl) AS x)::text
  FROM pg_attribute AS a WHERE a.attacl IS NOT NULL AND a.attrelid >= 16384
UNION ALL
SELECT format('default of %s in %s for %s', d.defaclrole::regrole, coalesce(NULLIF(d.defaclnamespace, 0)::regnamespace::text, 'all'), d.defaclobjtype),
       (SELECT jsonb_agg(x::text ORDER BY x::text) FROM unnest(d.defaclacl) AS x)::text
  FROM pg_default_acl AS d
