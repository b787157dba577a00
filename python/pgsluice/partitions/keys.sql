-- The columns of each unique index of a table that ON CONFLICT may use, the primary key first.
SELECT i.indisprimary AS is_primary,
       ARRAY(SELECT a.attname::text
               FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k (number, place)
               JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
              ORDER BY k.place) AS columns
  FROM pg_index AS i
 WHERE i.indrelid = $1::oid
   AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
 ORDER BY i.indisprimary DESC, i.indexrelid
