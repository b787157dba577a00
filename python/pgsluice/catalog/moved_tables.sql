-- The given tables whose names mean something else now: a renamed schema takes its tables with it, whoever locks them.
-- A transaction hears of such changes when it takes a lock that it does not have yet: the size of a catalog that none of
-- our statements reads takes one, and gives it back.
SELECT t.label
  FROM unnest($1::text[], $2::text[], $3::oid[]) AS t (label, name, oid)
 WHERE CASE WHEN (SELECT pg_relation_size('pg_ts_parser'::regclass)) >= 0
            THEN to_regclass(t.name)::oid IS DISTINCT FROM t.oid END
