-- What sequences are; where they stand is compared with the rows.
SELECT s.seqrelid::regclass::text AS name,
       jsonb_build_array(s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcache, s.seqcycle, c.relpersistence,
           (SELECT jsonb_agg(d.deptype::text || ' ' || pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid))
              FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.deptype IN ('a', 'i')))::text AS definition
  FROM pg_sequence AS s JOIN pg_class AS c ON c.oid = s.seqrelid
 WHERE c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname = '_pgsluice')
