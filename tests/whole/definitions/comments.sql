-- Comments on all there is.
SELECT i.type || ' ' || i.identity AS name, d.description AS definition
  FROM pg_description AS d, pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
 WHERE d.objoid >= 16384 AND i.identity !~ '\m_pgsluice\M'
   AND NOT EXISTS (SELECT 1 FROM pg_depend AS e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')
