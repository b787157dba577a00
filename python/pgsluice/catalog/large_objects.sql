-- How many large objects there are, how many of them the role may not read, and about how large they are in all.
SELECT count(*) AS count,
       -- As LargeObjectCheck in be-fsstubs.c has it; has_largeobject_privilege is there from version 18 on only.
       count(*) FILTER (WHERE NOT (
           current_setting('is_superuser')::bool
           OR current_setting('lo_compat_privileges')::bool
           OR pg_has_role(m.lomowner, 'USAGE')
           OR EXISTS (SELECT 1 FROM aclexplode(m.lomacl) AS a
                       WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE')))
       )) AS unreadable,
       pg_table_size('pg_largeobject') AS size_bytes
  FROM pg_largeobject_metadata AS m
