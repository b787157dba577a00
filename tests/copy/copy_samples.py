"""One column for every type that the embedded server has, each with the values that are easy to get wrong.

Values are SQL: the server reads them, so nothing here says how a type is written in binary.
"""

from __future__ import annotations

EXTENSIONS = ("citext", "cube", "hstore", "isn", "ltree", "seg", "vector")

DEFINITIONS = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "fine"', 'längste Stimmung');
CREATE TYPE pair AS (name text, amount numeric(10,2));
CREATE TYPE deep AS (p pair, ps pair[], m mood, ms mood[], gone int, last date);
ALTER TYPE deep DROP ATTRIBUTE gone;
CREATE TYPE moodrange AS RANGE (SUBTYPE = mood);
CREATE TYPE floatrange AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);
CREATE DOMAIN posint AS int4 CHECK (VALUE > 0);
CREATE DOMAIN percent AS posint CHECK (VALUE <= 100);
CREATE DOMAIN percents AS percent[] CHECK (cardinality(VALUE) < 10);
CREATE DOMAIN short AS varchar(8);
CREATE DOMAIN moody AS mood;
"""

#: Column, type and values. Every table also has a row of NULLs.
BINARY: list[tuple[str, str, list[str]]] = [
    ("c_bool", "bool", ["true", "false"]),
    ("c_int2", "int2", ["-32768", "32767", "0"]),
    ("c_int4", "int4", ["-2147483648", "2147483647"]),
    ("c_int8", "int8", ["-9223372036854775808", "9223372036854775807"]),
    ("c_oid", "oid", ["0", "4294967295"]),
    ("c_xid", "xid", ["'3'", "'4294967295'"]),
    ("c_xid8", "xid8", ["'18446744073709551615'", "'1'"]),
    ("c_cid", "cid", ["'7'"]),
    ("c_tid", "tid", ["'(0,1)'", "'(4294967295,65535)'"]),
    ("c_pg_lsn", "pg_lsn", ["'FFFFFFFF/FFFFFFFF'", "'0/0'"]),
    ("c_float4", "float4", ["'NaN'", "'-Infinity'", "'Infinity'", "'-0'", "'1.17549435e-38'", "1e-45", "0.1"]),
    ("c_float8", "float8", ["'NaN'", "'-Infinity'", "'-0'", "5e-324", "1.7976931348623157e308", "0.1"]),
    (
        "c_numeric",
        "numeric",
        [
            "'NaN'",
            "'Infinity'",
            "'-Infinity'",
            "0",
            "0.00",
            "-0.000",
            "1.5",
            "10000",
            "0.0001",
            "-1e-16383",
            "('1' || repeat('0', 131071))::numeric",
            "123456789012345678901234567890.123456789",
            "1.2300",
        ],
    ),
    ("c_numeric52", "numeric(5,2)", ["999.99", "-0.01", "'NaN'"]),
    ("c_numeric2m3", "numeric(2,-3)", ["99000", "-1000"]),
    ("c_numeric35", "numeric(3,5)", ["0.00999"]),
    ("c_money", "money", ["'-92233720368547758.08'", "92233720368547758.07", "0.01"]),
    (
        "c_text",
        "text",
        ["''", "'ünïcödé 🐘 ' || chr(1) || chr(127)", "E'tab\\t nl\\n cr\\r \\\\ \\\\N \\\\. \\b\\f\\v'"],
    ),
    ("c_varchar", "varchar", ["'x  '", "''"]),
    ("c_varchar3", "varchar(3)", ["'äöü'", "'a  '"]),
    ("c_bpchar", "bpchar", ["'a  '", "''"]),
    ("c_char5", "char(5)", ["'ab'", "''", "'äöüßé'"]),
    ("c_char", '"char"', ["'x'", "''", "'\\377'"]),
    ("c_name", "name", ["'pg'", "repeat('n', 63)", "''"]),
    ("c_bytea", "bytea", ["''", "'\\x00ff5c4e0a'", "decode(repeat('ab', 100000), 'hex')"]),
    ("c_json", "json", ['\'{"a": 1.0,  "a":2 }\'', "'null'", "'\"\\ud83d\\ude00\"'"]),
    ("c_jsonb", "jsonb", ['\'{"b":[1,2.50,1e400],"a":null}\'', "'null'", "'[]'", "'123456789012345678901234567890'"]),
    ("c_jsonpath", "jsonpath", ["'$.a[*] ? (@ > 1)'"]),
    ("c_date", "date", ["'infinity'", "'-infinity'", "'4713-01-01 BC'", "'5874897-12-31'", "'2000-02-29'"]),
    ("c_time", "time", ["'24:00:00'", "'00:00:00.000001'"]),
    ("c_time3", "time(3)", ["'12:34:56.789'"]),
    ("c_timetz", "timetz", ["'24:00:00-15:59:59'", "'00:00+15:59:59'", "'04:05:06.789-05:30:15'"]),
    (
        "c_timestamp",
        "timestamp",
        ["'infinity'", "'-infinity'", "'4713-01-01 00:00:00 BC'", "'294276-12-31 23:59:59.999999'"],
    ),
    ("c_timestamp0", "timestamp(0)", ["'2001-02-03 04:05:06'"]),
    (
        "c_timestamptz",
        "timestamptz",
        ["'infinity'", "'-infinity'", "'4713-01-01 00:00:00+00 BC'", "'1883-11-18 12:03:57-05'"],
    ),
    (
        "c_interval",
        "interval",
        [
            "'1 mon -30 days 00:00:00.000001'",
            "'30 days'",
            "'720 hours'",
            "'-178000000 years'",
            "'infinity'",
            "'-infinity'",
            "'1 year 13 months'",
        ],
    ),
    ("c_interval_ym", "interval year to month", ["'3 years 2 months'"]),
    ("c_uuid", "uuid", ["'ffffffff-ffff-ffff-ffff-ffffffffffff'", "'00000000-0000-0000-0000-000000000000'"]),
    ("c_inet", "inet", ["'10.1.2.3'", "'10.1.2.3/8'", "'::1'", "'fe80::1/64'", "'0.0.0.0/0'"]),
    ("c_cidr", "cidr", ["'10.0.0.0/8'", "'2001:db8::/32'", "'1.2.3.4/32'"]),
    ("c_macaddr", "macaddr", ["'08:00:2b:01:02:03'"]),
    ("c_macaddr8", "macaddr8", ["'08:00:2b:ff:fe:01:02:03'"]),
    ("c_bit", "bit", ["B'1'"]),
    ("c_bit11", "bit(11)", ["B'10101010101'"]),
    ("c_varbit", "varbit", ["B''", "B'1'", "B'111100001111000011'"]),
    ("c_point", "point", ["'(1.5,-0)'", "'(NaN,Infinity)'"]),
    ("c_line", "line", ["'{1,-1,0}'"]),
    ("c_lseg", "lseg", ["'[(0,0),(1,1e-300)]'"]),
    ("c_box", "box", ["'(0,0),(3,4)'"]),
    ("c_path", "path", ["'[(0,0),(1,1)]'", "'((0,0),(1,1),(2,0))'"]),
    ("c_polygon", "polygon", ["'((0,0),(1,1),(2,0))'"]),
    ("c_circle", "circle", ["'<(1,2),3>'", "'<(0,0),0>'"]),
    ("c_tsvector", "tsvector", ["''", "'a:1A,2B,3 ''b c'':4C fat'", "to_tsvector('english', 'The quick foxes')"]),
    ("c_pg_snapshot", "pg_snapshot", ["'10:20:10,14,15'", "'5:5:'"]),
    ("c_txid_snapshot", "txid_snapshot", ["'10:20:10,14,15'"]),
    ("c_refcursor", "refcursor", ["'a cursor'"]),
    ("c_int4range", "int4range", ["'[1,5]'", "'empty'", "'(,)'", "'[,7)'"]),
    ("c_int8range", "int8range", ["'[9223372036854775806,9223372036854775807)'"]),
    ("c_numrange", "numrange", ["'(1.50,2.0]'", "'[NaN,NaN]'", "'(-Infinity,)'"]),
    ("c_daterange", "daterange", ["'[2000-01-01,infinity]'", "'[-infinity,infinity)'"]),
    ("c_tsrange", "tsrange", ["'[2000-01-01 00:00,2000-01-01 00:00]'"]),
    ("c_tstzrange", "tstzrange", ["'(,2000-01-01 00:00+00)'"]),
    ("c_int4multirange", "int4multirange", ["'{[1,2],[5,9)}'", "'{}'", "'{(,)}'"]),
    ("c_int8multirange", "int8multirange", ["'{[1,2]}'"]),
    ("c_nummultirange", "nummultirange", ["'{[1.10,2.20],(3,]}'"]),
    ("c_datemultirange", "datemultirange", ["'{[2000-01-01,2000-02-01)}'"]),
    ("c_tsmultirange", "tsmultirange", ["'{[2000-01-01 00:00,infinity]}'"]),
    ("c_tstzmultirange", "tstzmultirange", ["'{[2000-01-01 00:00+00,)}'"]),
    ("a_int4", "int4[]", ["'{}'", "'{1,NULL,3}'", "'[0:2]={1,2,3}'", "'[-1:0][5:6]={{1,2},{3,NULL}}'"]),
    ("a_text", "text[]", ["'{}'", "ARRAY['NULL', NULL, '', 'a\"b', E'c\\\\d,{}\\n']", "ARRAY[[['a'], ['b']]]"]),
    ("a_varchar", "varchar(4)[]", ["ARRAY['abcd', 'ö ']"]),
    ("a_char3", "char(3)[]", ["ARRAY['a', 'abc']"]),
    ("a_numeric", "numeric(9,3)[]", ["ARRAY['NaN', 1.5, NULL]::numeric[]"]),
    ("a_bytea", "bytea[]", ["ARRAY['\\x00'::bytea, '', NULL]"]),
    ("a_jsonb", "jsonb[]", ["ARRAY['{}', 'null', NULL]::jsonb[]"]),
    ("a_timestamptz", "timestamptz[]", ["ARRAY['infinity', '2000-01-01']::timestamptz[]"]),
    ("a_interval", "interval[]", ["ARRAY['1 mon', '30 days']::interval[]"]),
    ("a_inet", "inet[]", ["ARRAY['::1', '1.2.3.4/8']::inet[]"]),
    ("a_point", "point[]", ["ARRAY['(1,2)', NULL]::point[]"]),
    ("a_box", "box[]", ["'{(1,1),(0,0);(2,2),(1,1)}'"]),
    ("a_range", "int4range[]", ["ARRAY['[1,2)', 'empty', NULL]::int4range[]"]),
    ("a_multirange", "int4multirange[]", ["ARRAY['{[1,2)}', '{}']::int4multirange[]"]),
    ("a_bit", "bit(3)[]", ["ARRAY[B'101', NULL]::bit(3)[]"]),
    ("a_tsvector", "tsvector[]", ["ARRAY['a b', '']::tsvector[]"]),
    ("u_enum", "mood", ["'sad'", "'it''s \"fine\"'", "'längste Stimmung'"]),
    ("u_enums", "mood[]", ["ARRAY['ok', NULL, 'sad']::mood[]", "'[3:4][0:0]={{sad},{ok}}'", "'{}'"]),
    ("u_pair", "pair", ["ROW('a, \"b\"', 1.5)", "ROW(NULL, NULL)", "ROW('', 0)"]),
    ("u_pairs", "pair[]", ["ARRAY[ROW('x', 1), NULL, ROW(NULL, 2)]::pair[]"]),
    (
        "u_deep",
        "deep",
        ["ROW(ROW('a', 1), ARRAY[ROW('b', 2)]::pair[], 'ok', ARRAY['sad', NULL]::mood[], '2000-01-01')"],
    ),
    ("u_moodrange", "moodrange", ["'[sad,ok]'", "'empty'", "'(,ok]'"]),
    ("u_moodmulti", "moodmultirange", ["'{[sad,ok)}'"]),
    ("u_floatrange", "floatrange", ["'[-0,NaN]'", "'[-Infinity,1e-300)'"]),
    ("d_posint", "posint", ["7"]),
    ("d_percent", "percent", ["100"]),
    ("d_percents", "percents", ["ARRAY[1, 100]", "'{}'"]),
    ("d_short", "short", ["'12345678'"]),
    ("d_moody", "moody", ["'ok'"]),
    ("d_moodies", "moody[]", ["ARRAY['ok', 'sad']::moody[]"]),
    ("x_hstore", "hstore", ["''", '\'a=>1, "b c"=>NULL, ""=>""\'']),
    ("x_citext", "citext", ["'MiXeD'"]),
    ("x_citexts", "citext[]", ["ARRAY['A', 'a']::citext[]"]),
    ("x_ltree", "ltree", ["'Top.Science.Astronomy'", "''"]),
    ("x_lquery", "lquery", ["'Top.*{1,2}.!x'"]),
    ("x_ltxtquery", "ltxtquery", ["'Europe & Russia*@'"]),
    ("x_cube", "cube", ["'(1,2),(3,4)'", "'(1,2)'", "'()'"]),
    ("x_vector", "vector", ["'[1,2.5,-3e-38]'"]),
    ("x_vector3", "vector(3)", ["'[1,2,3]'"]),
    ("x_halfvec", "halfvec(2)", ["'[1,0.5]'"]),
    ("x_sparsevec", "sparsevec", ["'{1:1.5,4:2}/5'"]),
]

#: Types whose tables go by text: objects' names, types without a binary form, and those without one when empty.
TEXT: list[tuple[str, str, list[str]]] = [
    ("r_regclass", "regclass", ["'pg_class'", "'everything'", "'-'"]),
    ("r_regtype", "regtype", ["'mood'", "'int4'", "'timestamp with time zone[]'"]),
    ("r_regproc", "regproc", ["'pg_catalog.int4in'", "'-'"]),
    ("r_regprocedure", "regprocedure", ["'lower(text)'"]),
    ("r_regoper", "regoper", ["'pg_catalog.#-'", "'0'"]),
    ("r_regoperator", "regoperator", ["'*(int4,int4)'"]),
    ("r_regnamespace", "regnamespace", ["'public'"]),
    ("r_regrole", "regrole", ["'postgres'"]),
    ("r_regcollation", "regcollation", ["'\"C\"'"]),
    ("r_regconfig", "regconfig", ["'english'"]),
    ("r_regdictionary", "regdictionary", ["'simple'"]),
    ("r_regclasses", "regclass[]", ["ARRAY['pg_class', 'everything', NULL]::regclass[]"]),
    ("r_aclitem", "aclitem", ["'postgres=r/postgres'"]),
    ("r_aclitems", "aclitem[]", ["ARRAY['postgres=r*w/postgres', '=r/postgres']::aclitem[]", "'{}'"]),
    ("r_seg", "seg", ["'1.5 .. 2.50'", "'<3'"]),
    ("r_ean13", "ean13", ["'9780306406157'"]),
    ("r_isbn13", "isbn13", ["'978-0-306-40615-7'"]),
    ("r_ismn13", "ismn13", ["'979-0-2306-7118-7'"]),
    ("r_issn13", "issn13", ["'977-1144-875-00-7'"]),
    ("r_isbn", "isbn", ["'0-306-40615-2'"]),
    ("r_ismn", "ismn", ["'M-2306-7118-7'"]),
    ("r_issn", "issn", ["'1144-875X'"]),
    ("r_upc", "upc", ["'220356483481'"]),
    ("c_tsquery", "tsquery", ["''", "'a:*AB & !( b | c ) <3> ''d e'''"]),
    ("c_int2vector", "int2vector", ["'1 2 -3'", "''"]),
    ("c_oidvector", "oidvector", ["'1 4294967295'", "''"]),
    ("a_int2vector", "int2vector[]", ["ARRAY['1 2', '3']::int2vector[]"]),
]

#: What no column can hold a value of, or can be asked for: index internals, and statistics that no input takes.
WITHOUT_VALUES = {
    "gtsvector", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary", "pg_dependencies", "pg_mcv_list",
    "pg_ndistinct", "pg_node_tree", "ghstore", "ltree_gist",
    "xml",  # The embedded server is built without libxml.
}  # fmt: skip
