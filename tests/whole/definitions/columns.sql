-- Columns with all that is said of them; of views, composite types and indexes too. Their order stands in column_order.
SELECT format('%s.%I', a.attrelid::regclass, a.attname) AS name,
       jsonb_build_object(
           'type', format_type(a.atttypid, a.atttypmod), 'collation', NULLIF(a.attcollation, 0)::regcollation,
           'not_null', a.attnotnull, 'default', pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity,
           'generated', a.attgenerated, 'storage', a.attstorage, 'compression', a.attcompression,
           'statistics', NULLIF(a.attstattarget, -1), 'options', a.attoptions, 'foreign_options', a.attfdwoptions,
           'is_local', a.attislocal, 'inherited', a.attinhcount
       )::text AS definition
  FROM pg_attribute AS a
  JOIN pg_class AS c ON c.oid = a.attrelid
  LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 't' AND c.relpersistence <> 't'
   AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_toast', '_pgsluice'))
