-- What stands on the tables: views, materialized views, triggers, rules, policies, statistics, publications.

-- Views: updatable with a check, recursive, over a view, of all options, in a circle, one that needs a key.
CREATE VIEW shop.cheap AS SELECT id, at, region, amount FROM shop.orders WHERE amount < 50 WITH CASCADED CHECK OPTION;
CREATE VIEW shop.cheap_north WITH (security_barrier, check_option = local) AS SELECT * FROM shop.cheap WHERE region = 'north';
ALTER VIEW shop.cheap ALTER amount SET DEFAULT 49;
CREATE RECURSIVE VIEW shop.below (id, depth) AS
    SELECT id, 1 FROM shop.tree WHERE parent = 1 UNION ALL SELECT t.id, b.depth + 1 FROM shop.tree AS t JOIN below AS b ON t.parent = b.id WHERE b.depth < 10;
CREATE VIEW "Archive of ""old"" things.2"."a ""view""" ("one ""column""", two) AS
    SELECT o.id, sum(o.amount) OVER (PARTITION BY o.region ORDER BY o.at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM shop.orders AS o;
CREATE VIEW shop.needs_key AS SELECT t.id, t.word, count(c.id) AS children FROM shop.tree AS t LEFT JOIN shop.tree AS c ON c.parent = t.id GROUP BY t.id;
CREATE VIEW shop.over_needs_key AS SELECT max(children) AS most FROM shop.needs_key;
CREATE VIEW shop.of_function AS SELECT m.number, n FROM shop.many(3) AS m, LATERAL unnest(ARRAY[1, 2]) WITH ORDINALITY AS u (n, o);
CREATE VIEW shop.whole_rows AS SELECT t AS whole, t.word || '' AS word FROM shop.tree AS t;
CREATE VIEW shop.no_columns AS SELECT;
CREATE VIEW shop.literal AS SELECT 'it''s' AS "don't", E'back\\slash' AS b, NULL AS n, '{}'::jsonb AS j, 'sad'::shop.mood AS m;
COMMENT ON VIEW shop.cheap IS 'a view';
COMMENT ON COLUMN shop.cheap.amount IS 'a view''s column';
-- A function that takes a view's rows, and a view that calls it: neither can be made first.
CREATE VIEW shop.circular AS SELECT id, word FROM shop.tree;
CREATE FUNCTION shop.of_circular(shop.circular) RETURNS text LANGUAGE sql STABLE BEGIN ATOMIC SELECT ($1).word || '!'; END;
CREATE OR REPLACE VIEW shop.circular AS SELECT id, word, shop.of_circular(NULL::shop.circular) AS loud FROM shop.tree;
-- Two views of which each reads the other: no one can ask them, and yet they are there.
CREATE VIEW shop.chicken AS SELECT 1 AS id;
CREATE VIEW shop.egg AS SELECT id FROM shop.chicken;
CREATE OR REPLACE VIEW shop.chicken AS SELECT id FROM shop.egg;

-- Materialized views: one over another against the order of names, indexed, with no data, over a view that needs a key.
CREATE MATERIALIZED VIEW shop.z_by_region AS
    SELECT region, count(*) AS n, sum(amount) AS amount FROM shop.orders GROUP BY region;
CREATE UNIQUE INDEX z_by_region_key ON shop.z_by_region (region);
CREATE MATERIALIZED VIEW shop.y_over_z WITH (fillfactor = 50) AS SELECT max(n) AS most FROM shop.z_by_region;
CREATE MATERIALIZED VIEW shop.a_over_y AS SELECT most + 1 AS more FROM shop.y_over_z;
CREATE MATERIALIZED VIEW shop.not_filled AS SELECT id FROM shop.tree WITH NO DATA;
CREATE INDEX ON shop.not_filled (id);
CREATE MATERIALIZED VIEW shop.over_not_filled AS SELECT id FROM shop.not_filled WITH NO DATA;
CREATE MATERIALIZED VIEW shop.of_needs_key AS SELECT * FROM shop.needs_key;
CREATE MATERIALIZED VIEW shop.empty_but_filled AS SELECT id FROM shop.tree WHERE false;
CREATE MATERIALIZED VIEW shop.by_function AS SELECT (shop.many(2)).*, functions.slugged('A B') AS slug;
COMMENT ON MATERIALIZED VIEW shop.z_by_region IS 'a materialized view';
