-- What tables are made of: schemas, extensions, types, functions, operators, casts, collations, text search.
-- Everything has a comment somewhere, and everything that has a name has a strange one somewhere.

CREATE SCHEMA shop;
CREATE SCHEMA "Archive of ""old"" things.2";
CREATE SCHEMA functions;
CREATE SCHEMA extensions;
CREATE SCHEMA empty_schema;
COMMENT ON SCHEMA shop IS 'What is sold''s schema: with a quote, a \ and a line
break';

-- Some where extensions lie by default, some elsewhere; two levels of dependency (earthdistance needs cube).
CREATE EXTENSION citext SCHEMA extensions;
CREATE EXTENSION hstore SCHEMA extensions;
CREATE EXTENSION ltree;
CREATE EXTENSION cube;
CREATE EXTENSION earthdistance;
CREATE EXTENSION btree_gist SCHEMA extensions;
CREATE EXTENSION pg_trgm SCHEMA extensions;
CREATE EXTENSION intarray;
CREATE EXTENSION isn;
CREATE EXTENSION seg;
CREATE EXTENSION unaccent SCHEMA extensions;
CREATE EXTENSION fuzzystrmatch;
CREATE EXTENSION postgres_fdw SCHEMA extensions;
CREATE EXTENSION lo;
CREATE EXTENSION bloom;
COMMENT ON EXTENSION cube IS 'a comment of our own';

-- Enums: in the order of their labels, not of their making.
CREATE TYPE shop.mood AS ENUM ('sad', 'fine', 'it''s "so, so"');
ALTER TYPE shop.mood ADD VALUE 'between' BEFORE 'fine';
CREATE TYPE shop.no_label AS ENUM ();
COMMENT ON TYPE shop.mood IS 'moods';

-- Domains: over a domain, over an enum, over arrays, NOT NULL, with a default, NOT VALID.
CREATE DOMAIN shop.positive AS integer CONSTRAINT is_positive CHECK (VALUE > 0);
CREATE DOMAIN shop.percent AS shop.positive DEFAULT 50 CONSTRAINT at_most CHECK (VALUE <= 100);
CREATE DOMAIN shop.percents AS shop.percent[] CHECK (cardinality(VALUE) < 10);
CREATE DOMAIN shop.needed AS text NOT NULL DEFAULT 'needed' CHECK (VALUE <> '');
CREATE DOMAIN shop.good_mood AS shop.mood CHECK (VALUE > 'sad');
CREATE DOMAIN shop.code AS varchar(8) COLLATE "C";
CREATE DOMAIN shop.once_short AS text;
ALTER DOMAIN shop.once_short ADD CONSTRAINT short_now CHECK (length(VALUE) < 5) NOT VALID;
COMMENT ON DOMAIN shop.percent IS 'of a hundred';
COMMENT ON CONSTRAINT at_most ON DOMAIN shop.percent IS 'a hundred';

-- Composites: nested, with an array of another, with an attribute that is gone.
CREATE TYPE shop.money_of AS (amount numeric(12, 2), currency char(3));
CREATE TYPE shop.address AS (street text, "zip code" text COLLATE "C", gone int, spot point);
ALTER TYPE shop.address DROP ATTRIBUTE gone;
CREATE TYPE shop.person AS (name text, homes shop.address[], mood shop.mood, price shop.money_of);
COMMENT ON COLUMN shop.address."zip code" IS 'an attribute''s comment';
CREATE TYPE shop.tree_row_type AS (id integer, parent integer, word text, flag boolean);
CREATE TYPE shop.not_filled_in;

-- Ranges of our own, with a difference function and a multirange of another name.
CREATE FUNCTION functions.time_difference(a time, b time) RETURNS float8
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT extract(epoch FROM (a - b))::float8 $$;
CREATE TYPE shop.time_range AS RANGE
    (SUBTYPE = time, SUBTYPE_DIFF = functions.time_difference, MULTIRANGE_TYPE_NAME = shop.time_ranges);
CREATE TYPE shop.text_range AS RANGE (SUBTYPE = text, COLLATION = "C");

-- A base type of our own, with the functions of text.
CREATE TYPE shop.secret_text;
CREATE FUNCTION functions.secret_in(cstring) RETURNS shop.secret_text
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION functions.secret_out(shop.secret_text) RETURNS cstring
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE FUNCTION functions.secret_receive(internal) RETURNS shop.secret_text
    LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'textrecv';
CREATE FUNCTION functions.secret_send(shop.secret_text) RETURNS bytea
    LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'textsend';
CREATE TYPE shop.secret_text (
    INPUT = functions.secret_in, OUTPUT = functions.secret_out,
    RECEIVE = functions.secret_receive, SEND = functions.secret_send,
    LIKE = text, CATEGORY = 'S', STORAGE = extended, COLLATABLE = true
);
-- The same without a binary form.
CREATE TYPE shop.text_only;
CREATE FUNCTION functions.text_only_in(cstring) RETURNS shop.text_only
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION functions.text_only_out(shop.text_only) RETURNS cstring
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE TYPE shop.text_only (INPUT = functions.text_only_in, OUTPUT = functions.text_only_out, LIKE = text);

-- Casts: by a function, without one, through text, implicit and not.
CREATE FUNCTION functions.mood_of(integer) RETURNS shop.mood
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT (enum_range(NULL::shop.mood))[$1] $$;
CREATE CAST (integer AS shop.mood) WITH FUNCTION functions.mood_of(integer) AS ASSIGNMENT;
CREATE CAST (shop.secret_text AS text) WITHOUT FUNCTION;
CREATE CAST (shop.time_range AS text) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (integer AS shop.mood) IS 'by number';

-- Operators with a class and a family, and one that is nobody's.
CREATE FUNCTION functions.is_less_by_size(integer, integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT AS 'SELECT abs($1) < abs($2)';
CREATE FUNCTION functions.is_less_or_same_by_size(integer, integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT AS 'SELECT abs($1) <= abs($2)';
CREATE FUNCTION functions.is_same_by_size(integer, integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT AS 'SELECT abs($1) = abs($2)';
CREATE FUNCTION functions.is_more_or_same_by_size(integer, integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT AS 'SELECT abs($1) >= abs($2)';
CREATE FUNCTION functions.is_more_by_size(integer, integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT AS 'SELECT abs($1) > abs($2)';
CREATE FUNCTION functions.compare_by_size(integer, integer) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS 'SELECT btint4cmp(abs($1), abs($2))';
CREATE OPERATOR shop.|<| (LEFTARG = integer, RIGHTARG = integer, FUNCTION = functions.is_less_by_size,
    COMMUTATOR = OPERATOR(shop.|>|), NEGATOR = OPERATOR(shop.|>=|), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR shop.|<=| (LEFTARG = integer, RIGHTARG = integer, FUNCTION = functions.is_less_or_same_by_size);
CREATE OPERATOR shop.|=| (LEFTARG = integer, RIGHTARG = integer, FUNCTION = functions.is_same_by_size,
    COMMUTATOR = OPERATOR(shop.|=|));
CREATE OPERATOR shop.|>=| (LEFTARG = integer, RIGHTARG = integer, FUNCTION = functions.is_more_or_same_by_size);
CREATE OPERATOR shop.|>| (LEFTARG = integer, RIGHTARG = integer, FUNCTION = functions.is_more_by_size);
CREATE OPERATOR FAMILY shop.by_size USING btree;
CREATE OPERATOR CLASS shop.integers_by_size FOR TYPE integer USING btree FAMILY shop.by_size AS
    OPERATOR 1 shop.|<|, OPERATOR 2 shop.|<=|, OPERATOR 3 shop.|=|, OPERATOR 4 shop.|>=|, OPERATOR 5 shop.|>|,
    FUNCTION 1 functions.compare_by_size(integer, integer);
COMMENT ON OPERATOR shop.|<| (integer, integer) IS 'nearer to zero';
COMMENT ON OPERATOR CLASS shop.integers_by_size USING btree IS 'a class';
COMMENT ON OPERATOR FAMILY shop.by_size USING btree IS 'a family';

-- Functions, procedures and aggregates: two languages, two schemas, bodies as strings and as SQL, every attribute.
CREATE FUNCTION functions.add(a integer, b integer DEFAULT 1, VARIADIC more integer[] DEFAULT '{}') RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 5 AS $body$ SELECT a + b + cardinality(more) $body$;
CREATE FUNCTION functions.add(a text, b text) RETURNS text
    LANGUAGE sql IMMUTABLE LEAKPROOF RETURN a || b;
CREATE FUNCTION functions.slugged(name text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT lower(regexp_replace(name, '\W+', '-', 'g')) $$;
CREATE FUNCTION shop.next_code(OUT code shop.code, INOUT step integer, OUT "out of ""it""" text)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = shop, pg_temp SET work_mem = '4MB'
    AS $body$ BEGIN code := 'c' || step; step := step + 1; "out of ""it""" := '$$'; END $body$;
CREATE FUNCTION shop.many(n integer) RETURNS TABLE (number integer, "double" bigint)
    LANGUAGE sql STABLE ROWS 10 BEGIN ATOMIC SELECT i, i * 2::bigint FROM generate_series(1, n) AS i; END;
CREATE FUNCTION shop.of_any(anyelement, anyarray) RETURNS anyelement
    LANGUAGE plpgsql AS $$ BEGIN RETURN $2[1]; END $$;
CREATE FUNCTION shop.read_secret(shop.secret_text) RETURNS shop.secret_text LANGUAGE sql AS 'SELECT $1';
CREATE PROCEDURE shop.nothing(INOUT a integer, b text DEFAULT 'x')
    LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
CREATE PROCEDURE functions.atomic(b integer) LANGUAGE sql BEGIN ATOMIC SELECT b; SELECT functions.add(b); END;
CREATE FUNCTION functions.sum_step(integer, integer) RETURNS integer
    LANGUAGE sql IMMUTABLE AS 'SELECT coalesce($1, 0) + coalesce($2, 0)';
CREATE AGGREGATE shop.total(integer) (SFUNC = functions.sum_step, STYPE = integer, INITCOND = '100',
    COMBINEFUNC = functions.sum_step, PARALLEL = safe);
CREATE AGGREGATE shop.middle(float8 ORDER BY anyelement)
    (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
COMMENT ON FUNCTION functions.add(text, text) IS 'adds';
COMMENT ON PROCEDURE shop.nothing(integer, text) IS 'nothing';
COMMENT ON AGGREGATE shop.total(integer) IS 'sums up';

-- A language, a transform and an access method under other names.
CREATE FUNCTION functions.call_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION functions.inline_handler(internal) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE TRUSTED LANGUAGE plshop HANDLER functions.call_handler INLINE functions.inline_handler;
COMMENT ON LANGUAGE plshop IS 'plpgsql by another name';
CREATE FUNCTION shop.in_plshop() RETURNS integer LANGUAGE plshop AS 'BEGIN RETURN 1; END';
CREATE ACCESS METHOD heap_again TYPE TABLE HANDLER heap_tableam_handler;
COMMENT ON ACCESS METHOD heap_again IS 'heap by another name';

-- Collations and conversions.
CREATE COLLATION shop.plain (PROVIDER = libc, LOCALE = 'C');
CREATE COLLATION shop.copied FROM "POSIX";
COMMENT ON COLLATION shop.plain IS 'bytes';
CREATE CONVERSION shop.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
COMMENT ON CONVERSION shop.latin IS 'a conversion';

-- Text search: all four kinds.
CREATE TEXT SEARCH TEMPLATE shop.simple_again (LEXIZE = dsimple_lexize, INIT = dsimple_init);
CREATE TEXT SEARCH DICTIONARY shop.words (TEMPLATE = pg_catalog.simple, STOPWORDS = english, ACCEPT = false);
CREATE TEXT SEARCH DICTIONARY shop.words_again (TEMPLATE = shop.simple_again);
CREATE TEXT SEARCH PARSER shop.splitter (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
    LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH CONFIGURATION shop.search (PARSER = shop.splitter);
ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR asciiword, word WITH shop.words, extensions.unaccent, english_stem;
COMMENT ON TEXT SEARCH CONFIGURATION shop.search IS 'how the shop is searched';
COMMENT ON TEXT SEARCH DICTIONARY shop.words IS 'words';
