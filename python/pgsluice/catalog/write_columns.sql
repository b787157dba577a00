-- The live columns of tables that are written to, with the type of an array of each.
SELECT a.attrelid AS relation_oid,
       a.attnum AS ordinal,
       a.attname AS name,
       a.atttypid AS type_oid,
       a.atttypmod AS type_modifier,
       format_type(a.atttypid, a.atttypmod) AS type_display,
       a.attnotnull AS is_not_null,
       a.attgenerated <> '' AS is_generated,
       a.attidentity::text AS identity,
       a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL AS has_default,
       -- One that parameters do not have by themselves.
       CASE WHEN l.collname <> 'default' THEN n.nspname END AS collation_schema,
       l.collname AS collation_name,
       coalesce(l.collisdeterministic, true) AS is_collation_exact
  FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
  LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
  LEFT JOIN pg_namespace AS n ON n.oid = l.collnamespace
 WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum
