-- The order of live columns, as SELECT * shows them.
SELECT c.oid::regclass::text AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS definition
  FROM pg_attribute AS a
  JOIN pg_class AS c ON c.oid = a.attrelid
 WHERE c.oid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 't' AND c.relpersistence <> 't'
   AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_toast', '_pgsluice'))
 GROUP BY c.oid
