-- Publications, the tables and schemas that they name, and what comes of it: columns and rows too, from version 15 on.
SELECT p.pubname::text AS name,
       (to_jsonb(p) - '{oid,pubowner}'::text[])::text || coalesce(
           (SELECT jsonb_agg(r.prrelid::regclass ORDER BY r.prrelid::regclass::text)
              FROM pg_publication_rel AS r WHERE r.prpubid = p.oid)::text, '') AS definition
  FROM pg_publication AS p
UNION ALL
SELECT format('%I publishes %I.%I', t.pubname, t.schemaname, t.tablename),
       (to_jsonb(t) - '{pubname,schemaname,tablename,attnames}'::text[])::text
           || coalesce((SELECT jsonb_agg(a ORDER BY a) FROM jsonb_path_query(to_jsonb(t), '$.attnames[*]') AS a)::text, '')
  FROM pg_publication_tables AS t
 WHERE t.schemaname <> '_pgsluice'
