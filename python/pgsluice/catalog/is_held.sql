-- Whether a session is still in a transaction that it was in at a moment. Names of transactions begin anew with the server.
SELECT EXISTS (SELECT 1 FROM pg_locks AS l
                WHERE l.locktype = 'virtualxid' AND l.granted AND l.pid = $1 AND l.virtualxid = $2)
   AND pg_postmaster_start_time() < $3::timestamptz
