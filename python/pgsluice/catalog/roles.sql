-- Roles that objects of this database belong to or are granted to, and those that policies name.
SELECT r.rolname AS name,
       bool_or(u.is_policy) AS is_in_policy,
       bool_or(NOT u.is_policy) AS has_rights
  FROM (SELECT s.refobjid AS role_oid, s.classid = 'pg_policy'::regclass AS is_policy
          FROM pg_shdepend AS s
         WHERE s.refclassid = 'pg_authid'::regclass
           AND s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
         UNION ALL
        -- The role that made the server has no entries there.
        SELECT o.owner_oid, false
          FROM (SELECT c.oid, c.relowner FROM pg_class AS c
                UNION ALL SELECT p.oid, p.proowner FROM pg_proc AS p
                UNION ALL SELECT n.oid, n.nspowner FROM pg_namespace AS n) AS o (oid, owner_oid)
         WHERE o.owner_oid = 10 AND o.oid >= 16384
           AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = o.oid AND d.deptype = 'e')) AS u
  JOIN pg_roles AS r ON r.oid = u.role_oid
 GROUP BY r.rolname
 ORDER BY r.rolname
