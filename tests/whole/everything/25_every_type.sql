-- A column for every type that the server and the extensions have and a table can hold; NULLs in the last row.
-- Values that are easy to get wrong are in the tests of single types; here every type is in one table.
CREATE TABLE shop.every_type (
    id integer PRIMARY KEY, c_bool bool, c_int2 int2, c_int8 int8, c_oid oid, c_xid xid, c_xid8 xid8, c_cid cid, c_tid tid,
    c_lsn pg_lsn, c_float4 float4, c_float8 float8, c_numeric numeric, c_numeric_short numeric(5, 2), c_money money,
    c_text text, c_varchar varchar(10), c_bpchar char(6), c_char "char", c_name name, c_bytea bytea, c_json json,
    c_jsonb jsonb, c_jsonpath jsonpath, c_date date, c_time time, c_time_3 time(3), c_timetz timetz, c_timestamp timestamp,
    c_timestamptz timestamptz, c_timestamptz_0 timestamptz(0), c_interval interval, c_interval_ym interval year to month,
    c_uuid uuid, c_inet inet, c_cidr cidr, c_macaddr macaddr, c_macaddr8 macaddr8, c_bit bit(5), c_varbit varbit,
    c_point point, c_line line, c_lseg lseg, c_box box, c_path path, c_polygon polygon, c_circle circle,
    c_tsvector tsvector, c_tsquery tsquery, c_snapshot pg_snapshot, c_txid_snapshot txid_snapshot, c_cursor refcursor,
    c_int4range int4range, c_int8range int8range, c_numrange numrange, c_daterange daterange, c_tsrange tsrange,
    c_tstzrange tstzrange, c_int4multirange int4multirange, c_nummultirange nummultirange, c_tstzmultirange tstzmultirange,
    c_enum shop.mood, c_domain shop.percent, c_domain_array shop.percents, c_domain_enum shop.good_mood,
    c_composite shop.person, c_range shop.time_range, c_multirange shop.time_ranges, c_text_range shop.text_range,
    c_secret shop.secret_text, c_citext extensions.citext, c_hstore extensions.hstore, c_ltree ltree, c_lquery lquery,
    c_cube cube, c_int4_array integer[], c_text_array text[][], c_enum_array shop.mood[], c_composite_array shop.address[],
    c_range_array int4range[], c_domain_in_array shop.percent[], c_row_of_table shop.tree_row_type, c_vector_2 int2vector,
    c_vector_oid oidvector, c_array_json jsonb[], c_numeric_array numeric(6, 2)[]
);
INSERT INTO shop.every_type VALUES (
    1, true, -32768, 9223372036854775807, 4294967295, '4294967295', '18446744073709551615', '7', '(4294967295,65535)',
    'FFFFFFFF/FFFFFFFF', 'NaN', '-Infinity', 'NaN', 999.99, '-92233720368547758.08',
    E'ü 🐘 \x01\t\n\r\\ \\N \\.', 'x  ', 'ab', '', 'name', '\x00ff5c0a', '{"a": 1.0,  "a":2 }',
    '{"b":[1,2.50,1e400],"a":null}', '$.a[*] ? (@ > 1)', 'infinity', '24:00:00', '12:34:56.789', '24:00:00-15:59:59',
    '4713-01-01 00:00:00 BC', '294276-12-31 23:59:59.999999+00', '2001-02-03 04:05:06+00', '1 mon -30 days 00:00:00.000001',
    '3 years 2 months', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'fe80::1/64', '10.0.0.0/8', '08:00:2b:01:02:03',
    '08:00:2b:ff:fe:01:02:03', B'10101', B'', '(1.5,-0)', '{1,-1,0}', '[(0,0),(1,1e-300)]', '(0,0),(3,4)',
    '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '<(1,2),3>', 'a:1A,2B ''b c'':4C', '''a'' & !( b:*A <-> c | d )', '10:20:10,14,15',
    '10:20:10,14,15', 'a cursor', 'empty', '[9223372036854775806,9223372036854775807)', '(1.50,2.0]', '[-infinity,infinity)',
    '[2000-01-01 00:00,2000-01-01 00:00]', '(,2000-01-01 00:00+00)', '{[1,2],[5,9)}', '{[1.10,2.20],(3,]}', '{}',
    'it''s "so, so"', 100, '{1,NULL,3}', 'fine',
    ROW('n', ARRAY[ROW('s', NULL, '(1,2)')::shop.address, NULL], 'sad', ROW(1.50, 'EUR'))::shop.person,
    '[01:00,02:00)', '{[01:00,02:00),[03:00,)}', '[a,"b "]', 'secret', 'CiText', '"a b"=>"1", c=>NULL', 'Top.a_b.c', 'a.*{1,2}.b|c@',
    '(1,2,3),(4,5,6)', '[-1:0]={1,NULL}', '{{a,NULL},{"","\"q\""}}', '{sad,NULL}', ARRAY[ROW('', '1', NULL)::shop.address],
    '{"[1,2)",empty,NULL}', '{1,100}', ROW(1, NULL, 'w', true)::shop.tree_row_type, '1 2 3', '4 5',
    ARRAY['{}', 'null', NULL]::jsonb[], '{1.50,NaN,NULL}'
), (
    2, false, 32767, -9223372036854775808, 0, '3', '1', '0', '(0,1)',
    '0/0', '-0', '5e-324', 1.2300, -0.01, '0.01',
    '', '', '', 'x', '', '', 'null',
    'null', '$', '4713-01-01 BC', '00:00:00.000001', '00:00', '00:00+15:59:59',
    '-infinity', '-infinity', 'infinity', '-178000000 years',
    '0', '00000000-0000-0000-0000-000000000000', '0.0.0.0/0', '::/0', '00:00:00:00:00:00',
    '00:00:00:00:00:00:00:00', B'00000', B'111100001111000011', '(NaN,Infinity)', '{0,-1,1e300}', '[(0,0),(0,0)]', '(0,0),(0,0)',
    '((0,0),(1,1),(2,0))', '((0,0))', '<(0,0),0>', '', '', '5:5:',
    '5:5:', '', '(,)', '[,7)', '[NaN,NaN]', 'empty',
    'empty', '[infinity,infinity]', '{}', '{(,)}', '{(,)}',
    'sad', 1, '{}', 'between',
    ROW(NULL, NULL, NULL, NULL)::shop.person,
    'empty', '{}', '(,)', '', '', '', '', '*',
    '(0)', '{}', '{}', '{}', '{}',
    '{}', '{}', ROW(NULL, NULL, NULL, NULL)::shop.tree_row_type, '', '',
    '{}', '{}'
);
INSERT INTO shop.every_type (id) VALUES (3);
-- Types that have no binary form go as text, whatever stands beside them.
CREATE TABLE shop.by_text (
    id integer PRIMARY KEY, rights aclitem, book isbn13, part seg, words shop.text_only, class regclass, role regrole,
    function regprocedure, operator regoperator, kind regtype, config regconfig, schema regnamespace, wanted query_int,
    doc jsonb, bytes bytea, line text, place earth, name_array name[], class_array regclass[]
);
INSERT INTO shop.by_text VALUES (
    1, 'whole_reader=r/postgres', '978-0-306-40615-7', '1.0 .. 2.50', E'tab\t back\\ nl\n', 'shop.tree_row_type', 'whole_reader',
    'functions.add(text,text)', 'shop.|<|(integer,integer)', 'shop.address', 'shop.search', 'functions', '1&(2|!3)',
    '{"a": "\t\\"}', '\x5c2e0a', E'\\.', ll_to_earth(1, 2), '{a,NULL}', '{shop.every_type,pg_class}'
);
INSERT INTO shop.by_text (id) VALUES (2);
-- Not every server knows XML.
DO $$ BEGIN
    PERFORM '<a/>'::xml;
    CREATE TABLE shop.of_xml (id integer PRIMARY KEY, v xml);
    INSERT INTO shop.of_xml VALUES (1, '<a b="c">d &amp; é</a>'), (2, 'just text'), (3, '<?xml version="1.0" encoding="latin1"?><a/>');
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;
