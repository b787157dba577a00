-- Languages, access methods, conversions, transforms.
SELECT 'language ' || l.lanname AS name,
       jsonb_build_array(l.lanpltrusted, NULLIF(l.lanplcallfoid, 0)::regproc, NULLIF(l.laninline, 0)::regproc, NULLIF(l.lanvalidator, 0)::regproc)::text
           AS definition
  FROM pg_language AS l WHERE l.oid >= 16384 OR l.lanname = 'plpgsql'
UNION ALL SELECT 'access method ' || m.amname, m.amhandler || m.amtype::text FROM pg_am AS m WHERE m.oid >= 16384
UNION ALL SELECT 'conversion ' || c.conname,
       jsonb_build_array(c.conforencoding, c.contoencoding, c.conproc, c.condefault)::text FROM pg_conversion AS c WHERE c.oid >= 16384
