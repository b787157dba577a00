-- What servers have from version 17 on.
CREATE TABLE shop.from_17 (id integer GENERATED ALWAYS AS IDENTITY, at date NOT NULL, room int4range,
    EXCLUDE USING gist (at WITH =, room WITH &&)) PARTITION BY RANGE (at);
CREATE TABLE shop.from_17_a PARTITION OF shop.from_17 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE shop.from_17_b PARTITION OF shop.from_17 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO shop.from_17 (at, room) VALUES ('2020-05-05', '[1,2]'), ('2021-05-05', '[1,2]'), ('2021-05-06', '[3,4]');
CREATE COLLATION shop.built_in (PROVIDER = builtin, LOCALE = 'C.UTF-8');
CREATE TABLE shop.from_17_collated (id text COLLATE shop.built_in PRIMARY KEY);
INSERT INTO shop.from_17_collated VALUES ('ä'), ('z'), ('Z'), ('a');
GRANT MAINTAIN ON shop.from_17 TO whole_writer;
CREATE TABLE shop.endless (id integer PRIMARY KEY, span interval);
INSERT INTO shop.endless VALUES (1, 'infinity'), (2, '-infinity');
