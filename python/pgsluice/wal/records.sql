-- Counts the records of a stretch of the log by kind and by whose they are: a commit names its subtransactions.
WITH records AS MATERIALIZED (
    SELECT xid::text, resource_manager || '/' || record_type AS kind, record_length, fpi_length, block_ref,
           CASE WHEN resource_manager = 'Transaction' THEN description END AS description
      FROM {schema}.pg_get_wal_records_info($1::text::pg_lsn, $2::text::pg_lsn)
), own AS (
    SELECT $3::text::xid8::xid::text AS xid
    UNION ALL
    SELECT regexp_split_to_table(btrim((regexp_match(description, 'subxacts:((?: \d+)+)'))[1]), ' ')
      FROM records
     WHERE xid = $3::text::xid8::xid::text AND description IS NOT NULL
), owned AS (
    SELECT r.*, CASE WHEN r.xid = '0' THEN 'nobody'
                     WHEN $3::text IS NULL OR r.xid IN (SELECT own.xid FROM own) THEN 'own'
                     ELSE 'others' END AS owner
      FROM records AS r
)
SELECT owner, kind, count(*) AS count, sum(record_length)::int8 AS bytes,
       COALESCE(sum(regexp_count(block_ref, '\(FPW')), 0)::int8 AS images, sum(fpi_length)::int8 AS image_bytes
  FROM owned
 GROUP BY owner, kind
 ORDER BY owner, kind
