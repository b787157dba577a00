-- What servers have from version 15 on.
CREATE TABLE shop.from_15 (id integer PRIMARY KEY, a integer, b integer, word text,
    CONSTRAINT nulls_alike UNIQUE NULLS NOT DISTINCT (a, b),
    FOREIGN KEY (a, b) REFERENCES shop.from_15 (a, b) ON DELETE SET NULL (b));
CREATE UNIQUE INDEX from_15_word ON shop.from_15 (lower(word)) NULLS NOT DISTINCT;
INSERT INTO shop.from_15 VALUES (1, NULL, NULL, NULL), (2, 1, NULL, 'a'), (3, 1, 1, 'b');
CREATE VIEW shop.invoker WITH (security_invoker = true) AS SELECT id FROM shop.secured;
CREATE PUBLICATION of_schemas FOR TABLES IN SCHEMA shop, "Archive of ""old"" things.2";
CREATE PUBLICATION of_rows FOR TABLE shop.watched (id, word) WHERE (id > 5), shop.many_rows WHERE (id % 2 = 0);
CREATE INDEX from_15_brin ON shop.from_15 USING brin (a int4_bloom_ops (n_distinct_per_range = 10));
