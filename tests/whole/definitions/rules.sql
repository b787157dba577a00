-- Rules but the ones that views are.
SELECT format('%I on %s', r.rulename, r.ev_class::regclass) AS name, pg_get_ruledef(r.oid) || r.ev_enabled::text AS definition
  FROM pg_rewrite AS r
 WHERE r.oid >= 16384 AND r.rulename <> '_RETURN'
