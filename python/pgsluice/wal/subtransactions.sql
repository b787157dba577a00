-- Finds the subtransactions of transactions ($3): the record that ends a transaction names them.
SELECT COALESCE(string_agg((regexp_match(description, 'subxacts:((?: \d+)+)'))[1], '')
                FILTER (WHERE resource_manager = 'Transaction' AND xid::text = ANY ($3::text[])), '') AS xids,
       (max(end_lsn) - '0/0'::pg_lsn)::int8 AS end_byte
  FROM {schema}.pg_get_wal_records_info('0/0'::pg_lsn + $1::int8::numeric, '0/0'::pg_lsn + $2::int8::numeric)
