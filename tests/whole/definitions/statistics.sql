-- Statistics objects.
SELECT format('%s.%I', s.stxnamespace::regnamespace, s.stxname) AS name,
       pg_get_statisticsobjdef(s.oid) || coalesce(NULLIF(s.stxstattarget, -1)::text, '') AS definition
  FROM pg_statistic_ext AS s
