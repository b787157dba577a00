-- All four kinds of text search objects.
SELECT 'configuration ' || c.oid::regconfig AS name,
       jsonb_build_array(p.prsname, (SELECT jsonb_agg(jsonb_build_array(m.maptokentype, m.mapseqno, m.mapdict::regdictionary)
                                                      ORDER BY m.maptokentype, m.mapseqno)
                                       FROM pg_ts_config_map AS m WHERE m.mapcfg = c.oid))::text AS definition
  FROM pg_ts_config AS c JOIN pg_ts_parser AS p ON p.oid = c.cfgparser WHERE c.oid >= 16384
UNION ALL SELECT 'dictionary ' || d.oid::regdictionary, t.tmplname || coalesce(d.dictinitoption, '')
  FROM pg_ts_dict AS d JOIN pg_ts_template AS t ON t.oid = d.dicttemplate WHERE d.oid >= 16384
UNION ALL SELECT 'template ' || t.tmplname, jsonb_build_array(t.tmplinit, t.tmpllexize)::text FROM pg_ts_template AS t WHERE t.oid >= 16384
UNION ALL SELECT 'parser ' || p.prsname, jsonb_build_array(p.prsstart, p.prstoken, p.prsend, p.prsheadline, p.prslextype)::text
  FROM pg_ts_parser AS p WHERE p.oid >= 16384
