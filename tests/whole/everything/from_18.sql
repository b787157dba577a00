-- What servers have from version 18 on.
CREATE TABLE shop.from_18 (
    id uuid DEFAULT uuidv7() PRIMARY KEY,
    a integer CONSTRAINT a_needed NOT NULL,
    twice integer GENERATED ALWAYS AS (a * 2) VIRTUAL,
    thrice integer GENERATED ALWAYS AS (a * 3) STORED,
    b integer CONSTRAINT not_enforced CHECK (b > 100) NOT ENFORCED,
    c integer
);
INSERT INTO shop.from_18 (a, b, c) SELECT n, n, NULL FROM generate_series(1, 20) AS n;
ALTER TABLE shop.from_18 ADD CONSTRAINT c_later NOT NULL c NOT VALID;
COMMENT ON CONSTRAINT c_later ON shop.from_18 IS 'later';
CREATE TABLE shop.rooms (room integer, during daterange, word text, PRIMARY KEY (room, during WITHOUT OVERLAPS));
INSERT INTO shop.rooms SELECT 1, daterange(date '2020-01-01' + n, date '2020-01-02' + n), 'w' || n FROM generate_series(1, 20) AS n;
CREATE TABLE shop.guests (id integer PRIMARY KEY, room integer, during daterange,
    CONSTRAINT stays FOREIGN KEY (room, PERIOD during) REFERENCES shop.rooms (room, PERIOD during));
INSERT INTO shop.guests VALUES (1, 1, '[2020-01-03,2020-01-06)');
CREATE TABLE shop.loose (id integer PRIMARY KEY, tree integer,
    CONSTRAINT loosely FOREIGN KEY (tree) REFERENCES shop.tree NOT ENFORCED);
INSERT INTO shop.loose VALUES (1, 424242);
CREATE PUBLICATION with_computed FOR TABLE shop.from_18 WITH (publish_generated_columns = stored);
