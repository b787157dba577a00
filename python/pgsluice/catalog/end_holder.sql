-- End a session that holds a snapshot, if it is the very one; wait up to 10 s until it is gone.
SELECT pg_terminate_backend(a.pid, 10000)
  FROM pg_stat_activity AS a
  JOIN pg_locks AS l ON l.pid = a.pid AND l.locktype = 'virtualxid' AND l.granted
 WHERE a.pid = $1 AND l.virtualxid = $2 AND a.application_name = $3
