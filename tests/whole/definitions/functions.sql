-- Functions, procedures and aggregates as a whole.
SELECT p.oid::regprocedure::text AS name,
       CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid)
            ELSE (SELECT jsonb_build_array(
                             a.aggkind, a.aggnumdirectargs, a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
                             a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn, a.aggfinalextra, a.aggmfinalextra,
                             a.aggfinalmodify, a.aggmfinalmodify, a.aggsortop::regoper, a.aggtranstype::regtype,
                             a.aggtransspace, a.aggmtranstype::regtype, a.agginitval, a.aggminitval, p.proparallel,
                             p.prorettype::regtype, pg_get_function_arguments(p.oid))::text
                    FROM pg_aggregate AS a WHERE a.aggfnoid = p.oid)
       END AS definition
  FROM pg_proc AS p
 WHERE p.oid >= 16384
   AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
