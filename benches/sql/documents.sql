-- Make a table of small rows and one value of 100 MB in the middle.
CREATE TABLE {table} (
    id   bigint PRIMARY KEY,
    note text NOT NULL,
    body bytea
);

INSERT INTO {table}
SELECT n, format('note number %s', n), convert_to(repeat('x', CASE WHEN n = {rows} / 2 THEN 100000000 ELSE 100 END), 'UTF8')
  FROM generate_series(1, {rows}::bigint) AS numbers (n);

VACUUM (ANALYZE, FREEZE) {table};
