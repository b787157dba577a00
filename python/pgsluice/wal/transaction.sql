-- Tells which transaction this is, none if nothing was written, and how many rows it has changed.
SELECT pg_current_xact_id_if_assigned()::text AS xid,
       COALESCE(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::int8 AS rows_changed,
       COALESCE(sum(n_tup_upd), 0)::int8 AS updates,
       COALESCE(sum(n_tup_hot_upd), 0)::int8 AS hot_updates
  FROM pg_stat_xact_user_tables
