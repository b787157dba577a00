-- Tells which transaction this is, none if it wrote nothing, and how many rows it changed; in a session of anybody's path.
SELECT pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text AS xid,
       COALESCE(pg_catalog.sum(n_tup_ins), 0)::pg_catalog.int8 AS inserts,
       COALESCE(pg_catalog.sum(n_tup_upd), 0)::pg_catalog.int8 AS updates,
       COALESCE(pg_catalog.sum(n_tup_del), 0)::pg_catalog.int8 AS deletes,
       COALESCE(pg_catalog.sum(n_tup_hot_upd), 0)::pg_catalog.int8 AS hot_updates
  FROM pg_catalog.pg_stat_xact_user_tables
