-- Counts the records of a stretch of the log by kind and owner; all are own where no transaction ($3) is named.
SELECT owner, kind, count(*) AS count, sum(record_length)::int8 AS bytes,
       COALESCE(sum(regexp_count(block_ref, '\(FPW')), 0)::int8 AS images, sum(fpi_length)::int8 AS image_bytes,
       (max(end_lsn) - '0/0'::pg_lsn)::int8 AS end_byte
  FROM (SELECT CASE WHEN xid::text = '0' THEN 'nobody' WHEN $3::text[] IS NULL OR xid::text = ANY ($3) THEN 'own'
                    ELSE 'others' END AS owner,
               resource_manager || '/' || record_type AS kind, record_length, fpi_length, block_ref, end_lsn
          FROM {schema}.pg_get_wal_records_info('0/0'::pg_lsn + $1::int8::numeric, '0/0'::pg_lsn + $2::int8::numeric)) AS record
 GROUP BY owner, kind
 ORDER BY owner, kind
