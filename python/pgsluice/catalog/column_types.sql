-- The types of a table's columns, in the order of the names that are asked for; fewer where one is gone.
SELECT a.atttypid AS type_oid
  FROM unnest($2::text[]) WITH ORDINALITY AS w (name, ordinal)
  JOIN pg_attribute AS a ON a.attrelid = to_regclass($1) AND a.attname = w.name AND NOT a.attisdropped
 ORDER BY w.ordinal
