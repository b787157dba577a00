-- Operators, and the classes and families that they are in.
SELECT o.oid::regoperator::text AS name,
       jsonb_build_array(o.oprcode, o.oprrest, o.oprjoin, NULLIF(o.oprcom, 0)::regoperator, NULLIF(o.oprnegate, 0)::regoperator,
           o.oprcanmerge, o.oprcanhash)::text AS definition
  FROM pg_operator AS o WHERE o.oid >= 16384
UNION ALL
SELECT format('class %s.%I', c.opcnamespace::regnamespace, c.opcname),
       jsonb_build_array(m.amname, f.opfname, c.opcintype::regtype, c.opcdefault, NULLIF(c.opckeytype, 0)::regtype)::text
  FROM pg_opclass AS c JOIN pg_am AS m ON m.oid = c.opcmethod JOIN pg_opfamily AS f ON f.oid = c.opcfamily
 WHERE c.oid >= 16384
