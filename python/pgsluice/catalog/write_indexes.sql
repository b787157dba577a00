-- The unique indexes of tables that are written to: what a conflict may be about, and what ON CONFLICT cannot use.
SELECT i.indrelid AS relation_oid,
       r.relname AS name,
       i.indisprimary AS is_primary,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       i.indexprs IS NOT NULL AS has_expressions,
       NOT i.indimmediate AS is_deferrable,
       coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false) AS are_nulls_equal,
       (i.indkey::int2[])[0:i.indnkeyatts - 1] AS ordinals
  FROM pg_index AS i JOIN pg_class AS r ON r.oid = i.indexrelid
 WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND i.indislive AND i.indisvalid
 ORDER BY i.indrelid, i.indisprimary DESC, i.indnkeyatts, i.indexrelid
