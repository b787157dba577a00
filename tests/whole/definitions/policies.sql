-- Policies of row security.
SELECT format('%I on %s', p.polname, p.polrelid::regclass) AS name,
       jsonb_build_array(p.polcmd, p.polpermissive, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid),
           ARRAY(SELECT CASE WHEN r = 0 THEN 'public' ELSE r::regrole::text END FROM unnest(p.polroles) AS r ORDER BY 1))::text AS definition
  FROM pg_policy AS p
