-- Types of all kinds but tables' own: enums with their labels in order, domains, ranges, base types.
SELECT t.oid::regtype::text AS name,
       jsonb_build_object(
           'kind', t.typtype, 'category', t.typcategory, 'preferred', t.typispreferred, 'defined', t.typisdefined,
           'length', t.typlen, 'by_value', t.typbyval, 'align', t.typalign, 'storage', t.typstorage, 'not_null', t.typnotnull,
           'default', coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault), 'collation', NULLIF(t.typcollation, 0)::regcollation,
           'base', CASE WHEN t.typbasetype <> 0 THEN format_type(t.typbasetype, t.typtypmod) END,
           'functions', jsonb_build_array(t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze),
           'labels', (SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid),
           'range', (SELECT jsonb_build_array(r.rngsubtype::regtype, r.rngmultitypid::regtype, NULLIF(r.rngcollation, 0)::regcollation,
                                              o.opcname, r.rngcanonical, r.rngsubdiff)
                       FROM pg_range AS r JOIN pg_opclass AS o ON o.oid = r.rngsubopc WHERE r.rngtypid = t.oid)
       )::text AS definition
  FROM pg_type AS t
 WHERE t.oid >= 16384 AND t.typtype <> 'c' AND t.typelem = 0
   AND t.typnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_toast', '_pgsluice'))
