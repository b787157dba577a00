-- Casts with their function, context and method.
SELECT format('%s as %s', c.castsource::regtype, c.casttarget::regtype) AS name,
       jsonb_build_array(NULLIF(c.castfunc, 0)::regprocedure, c.castcontext, c.castmethod)::text AS definition
  FROM pg_cast AS c WHERE c.oid >= 16384
