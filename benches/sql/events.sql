-- Make a narrow table of events, five columns of fixed width, about 56 bytes a row on disk.
CREATE TABLE {table} (
    id      bigint PRIMARY KEY,
    ts      timestamptz NOT NULL,
    user_id bigint NOT NULL,
    kind    smallint,
    value   double precision
);

INSERT INTO {table}
SELECT n,
       timestamptz '2020-01-01 00:00:00+00' + make_interval(secs => n),
       n * 7919 % 1000003 + 1,
       n % 7,
       (n % 1000) / 7.0
  FROM generate_series(1, {rows}::bigint) AS numbers (n);

VACUUM (ANALYZE, FREEZE) {table};
