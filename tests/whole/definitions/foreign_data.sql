-- Wrappers, servers, mappings and tables of foreign data; their options in no order.
WITH had (name, definition, options) AS (
    SELECT 'wrapper ' || w.fdwname,
           jsonb_build_array(NULLIF(w.fdwhandler, 0)::regproc, NULLIF(w.fdwvalidator, 0)::regproc), w.fdwoptions
      FROM pg_foreign_data_wrapper AS w WHERE w.oid >= 16384
    UNION ALL
    SELECT 'server ' || s.srvname, jsonb_build_array(w.fdwname, s.srvtype, s.srvversion), s.srvoptions
      FROM pg_foreign_server AS s JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
    UNION ALL
    SELECT format('mapping %s for %s', u.srvname, u.usename), '[]', u.umoptions FROM pg_user_mappings AS u
    UNION ALL
    SELECT 'table ' || t.ftrelid::regclass, jsonb_build_array(s.srvname), t.ftoptions
      FROM pg_foreign_table AS t JOIN pg_foreign_server AS s ON s.oid = t.ftserver
)
SELECT h.name, h.definition::text || ARRAY(SELECT o FROM unnest(h.options) AS o ORDER BY 1)::text AS definition FROM had AS h
