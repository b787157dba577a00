-- What could not be there without the given extensions ($1): of each only the tables, or with $2 every object.
WITH RECURSIVE needy AS (
    SELECT e.extname, 'pg_extension'::regclass::oid AS class_oid, e.oid AS object_oid
      FROM pg_extension AS e WHERE e.extname = ANY ($1::text[])
     UNION
    SELECT n.extname, next.class_oid, next.object_oid
      FROM needy AS n
     CROSS JOIN LATERAL (
            SELECT d.classid, d.objid
              FROM pg_depend AS d
             WHERE d.refclassid = n.class_oid AND d.refobjid = n.object_oid
             UNION ALL
            -- What it is a part of: the view of a rule, the constraint of an index; and, where pg_dump makes them in
            -- one statement with their table, its defaults and checks.
            SELECT d.refclassid, d.refobjid
              FROM pg_depend AS d
             WHERE d.classid = n.class_oid AND d.objid = n.object_oid
               AND (d.deptype = 'i'
                    OR d.deptype = 'a' AND d.classid = 'pg_attrdef'::regclass
                    OR d.deptype IN ('a', 'n') AND d.refclassid IN ('pg_class'::regclass, 'pg_type'::regclass)
                       AND EXISTS (SELECT 1 FROM pg_constraint AS k
                                    WHERE d.classid = 'pg_constraint'::regclass AND k.oid = d.objid AND k.contype = 'c'
                                      AND k.convalidated AND d.refobjid IN (k.conrelid, k.contypid)))
          ) AS next (class_oid, object_oid)
)
SELECT n.extname AS extension, n.class_oid, n.object_oid
  FROM needy AS n
 WHERE $2::bool
    OR n.class_oid = 'pg_class'::regclass
       AND EXISTS (SELECT 1 FROM pg_class AS c WHERE c.oid = n.object_oid AND c.relkind IN ('r', 'p', 'f'))
