-- What the database has and a copy leaves out: kinds with their names.
SELECT 'subscription' AS kind, s.subname::text AS name
  FROM pg_subscription AS s
 WHERE s.subdbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
UNION ALL
SELECT 'user mapping', format('%s on %s', m.usename, m.srvname) FROM pg_user_mappings AS m
UNION ALL
SELECT 'security label', format('%s of %s %s', l.provider, l.objtype, l.objname)
  FROM pg_seclabels AS l WHERE l.objtype NOT IN ('role', 'database', 'tablespace')
UNION ALL
SELECT 'setting of the database', split_part(c.setting, '=', 1) || coalesce(' for role ' || r.rolname, '')
  FROM pg_db_role_setting AS s
 CROSS JOIN unnest(s.setconfig) AS c (setting)
  LEFT JOIN pg_roles AS r ON r.oid = s.setrole
 WHERE s.setdatabase = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
UNION ALL
SELECT DISTINCT 'tablespace', t.spcname::text
  FROM pg_class AS c JOIN pg_tablespace AS t ON t.oid = c.reltablespace AND t.spcname <> 'pg_global'
UNION ALL
SELECT 'comment on the database', current_database()::text
  FROM pg_shdescription AS d
 WHERE d.classoid = 'pg_database'::regclass
   AND d.objoid = (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database())
 ORDER BY 1, 2
