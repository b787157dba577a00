-- The types of the given relations' columns and all that they are made of.
WITH RECURSIVE used (oid) AS (
    SELECT a.atttypid FROM pg_attribute AS a
     WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
    UNION
    SELECT part.oid
      FROM used
      JOIN pg_type AS t ON t.oid = used.oid
      CROSS JOIN LATERAL (
          SELECT t.typelem AS oid WHERE t.typelem <> 0
          UNION ALL SELECT t.typbasetype WHERE t.typbasetype <> 0
          UNION ALL SELECT r.rngsubtype FROM pg_range AS r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)
          UNION ALL SELECT f.atttypid FROM pg_attribute AS f
                     WHERE f.attrelid = t.typrelid AND t.typtype = 'c' AND f.attnum > 0 AND NOT f.attisdropped
      ) AS part
)
SELECT t.oid,
       n.nspname AS schema,
       t.typname AS name,
       t.typtype::text AS kind,
       t.typcategory::text AS category,
       t.typelem AS element_oid,
       t.typsubscript = 'array_subscript_handler'::regproc AS is_array,
       t.typarray AS array_oid,
       t.typdelim::text AS delimiter,
       t.typbasetype AS base_oid,
       t.typtypmod AS base_modifier,
       t.typnotnull AS is_not_null,
       t.typsend <> 0 AND t.typreceive <> 0 AS has_binary_form,
       -- Where the > of the type's own order is found; NULL where that order has another name for it.
       (SELECT CASE WHEN o.oprname = '>' THEN s.nspname END
          FROM pg_opclass AS c
          JOIN pg_am AS m ON m.oid = c.opcmethod AND m.amname = 'btree'
          JOIN pg_amop AS a ON a.amopfamily = c.opcfamily AND a.amopstrategy = 5
                           AND a.amoplefttype = c.opcintype AND a.amoprighttype = c.opcintype
          JOIN pg_operator AS o ON o.oid = a.amopopr
          JOIN pg_namespace AS s ON s.oid = o.oprnamespace
         WHERE c.opcintype = t.oid AND c.opcdefault) AS order_schema,
       CASE WHEN t.typtype = 'e' THEN
           ARRAY(SELECT e.enumlabel::text FROM pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
       END AS labels,
       ARRAY(SELECT f.atttypid FROM pg_attribute AS f
              WHERE f.attrelid = t.typrelid AND t.typtype = 'c' AND f.attnum > 0 AND NOT f.attisdropped
              ORDER BY f.attnum)::oid[] AS field_oids,
       ARRAY(SELECT f.attname::text FROM pg_attribute AS f
              WHERE f.attrelid = t.typrelid AND t.typtype = 'c' AND f.attnum > 0 AND NOT f.attisdropped
              ORDER BY f.attnum) AS field_names,
       ARRAY(SELECT f.atttypmod FROM pg_attribute AS f
              WHERE f.attrelid = t.typrelid AND t.typtype = 'c' AND f.attnum > 0 AND NOT f.attisdropped
              ORDER BY f.attnum)::int4[] AS field_modifiers,
       ARRAY(SELECT r.rngsubtype FROM pg_range AS r WHERE t.oid IN (r.rngtypid, r.rngmultitypid))::oid[] AS range_oids
  FROM used
  JOIN pg_type AS t ON t.oid = used.oid
  JOIN pg_namespace AS n ON n.oid = t.typnamespace
