-- Make a table like the users of a shop, ten columns, about 228 bytes a row on disk.
CREATE TABLE {table} (
    id        bigint PRIMARY KEY,
    email     text NOT NULL,
    full_name text,
    phone     text,
    birth     date,
    balance   numeric(12, 2),
    created   timestamptz,
    active    boolean,
    address   text,
    meta      jsonb
);

INSERT INTO {table}
SELECT n,
       format('user%s@example.com', n),
       format('First%s Last%s', n % 9973, n % 99991),
       '+1-555-' || to_char(n % 10000000, 'FM0000000'),
       date '1950-01-01' + (n % 20000)::int,
       (n * 7919 % 10000000)::numeric / 100,
       timestamptz '2020-01-01 00:00:00+00' + make_interval(secs => n),
       n % 3 = 0,
       format('%s Main Street, Springfield, ZIP %s', n % 9999, n % 99999),
       jsonb_build_object(
           'plan', n % 5,
           'ip', format('10.0.%s.%s', n % 256, n % 251),
           'tags', jsonb_build_array('a', 'b', n % 17))
  FROM generate_series(1, {rows}::bigint) AS numbers (n);

VACUUM (ANALYZE, FREEZE) {table};
