-- What servers have from version 16 on.
CREATE TABLE shop.from_16 (id integer PRIMARY KEY, long text STORAGE EXTERNAL);
INSERT INTO shop.from_16 VALUES (1, repeat('x', 5000));
-- An alias is needed by nobody any more.
CREATE VIEW shop.without_alias AS SELECT * FROM (SELECT id FROM shop.from_16);
