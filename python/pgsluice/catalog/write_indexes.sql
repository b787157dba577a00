-- The unique indexes of tables that are written to: what a conflict may be about, and what ON CONFLICT cannot use.
SELECT i.indrelid AS relation_oid,
       r.relname AS name,
       i.indisprimary AS is_primary,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       i.indexprs IS NOT NULL AS has_expressions,
       NOT i.indimmediate AS is_deferrable,
       i.indisexclusion AS is_exclusion,
       NOT EXISTS (SELECT FROM unnest(i.indkey::int2[], i.indcollation::oid[]) AS k (ordinal, collation_oid)
                     JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.ordinal
                     JOIN pg_collation AS l ON l.oid IN (k.collation_oid, a.attcollation)
                    WHERE k.collation_oid <> a.attcollation AND NOT l.collisdeterministic) AS is_collated_as_columns,
       (i.indkey::int2[])[0:i.indnkeyatts - 1] AS ordinals
  FROM pg_index AS i JOIN pg_class AS r ON r.oid = i.indexrelid
 WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND i.indislive AND i.indisvalid
 ORDER BY i.indrelid, i.indisprimary DESC, i.indnkeyatts, i.indexrelid
