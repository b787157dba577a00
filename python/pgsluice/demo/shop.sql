-- An invented web shop in schema "shop": the database that `pgsluice demo` copies.
--
-- One simple query runs the whole script on any server from 14 on, in a UTF8 database, without extensions. There is
-- no random() and no now() in the data, and no value depends on the session's time zone: each run gives the same shop.
-- People, cards and accounts are made up by arithmetic; cards pass Luhn and IBANs their checksum. Mail addresses and
-- sites use reserved names (RFC 2606), addresses of machines documentation ranges or private ones.
--
-- Sections: helpers, types, tables, people, goods, orders, traffic, odd corners, keys and code.

-- ---------------------------------------------------------------------------------------------------------- helpers

-- Compiling these statements takes longer than running them.
SET jit = off;
CREATE SCHEMA shop;
COMMENT ON SCHEMA shop IS 'An invented web shop. No row describes a real person.';

-- The functions are temporary, so no part of the shop; the planner inlines their one expression.

-- A pseudo-random number in 0 .. upto - 1 from a row number and a salt (multiplicative hashing, its low bits dropped).
CREATE FUNCTION pg_temp.mix(i bigint, salt int, upto bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT (i * 2654435761 + salt * 374761393::bigint) % 4294967296 * 1103515245 / 131072 % upto $$;

-- What two digits (the right one doubled) add to a Luhn sum, modulo 10.
CREATE FUNCTION pg_temp.luhn_pair(q bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('{0,2,4,6,8,1,3,5,7,9}'::bigint[])[1 + q % 10] + q / 10 % 10 $$;

-- A payload of at most 16 digits with its Luhn digit.
CREATE FUNCTION pg_temp.with_luhn(p bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT p * 10 + (1000
        - pg_temp.luhn_pair(p) - pg_temp.luhn_pair(p / 100) - pg_temp.luhn_pair(p / 10000)
        - pg_temp.luhn_pair(p / 1000000) - pg_temp.luhn_pair(p / 100000000) - pg_temp.luhn_pair(p / 10000000000)
        - pg_temp.luhn_pair(p / 1000000000000) - pg_temp.luhn_pair(p / 100000000000000)) % 10
$$;

-- IBAN check digits (ISO 7064 mod 97-10); letters is the country as digits, A = 10: DE is 1314.
CREATE FUNCTION pg_temp.iban_check(bban bigint, letters int) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT to_char(98 - (bban % 97 * 1000000 + letters * 100) % 97, 'FM00') $$;

-- Words, one row; a slug is the ASCII form of the name beside it.
CREATE TEMPORARY TABLE words AS SELECT
    '{Ada,Björn,Chloé,Dmitri,Elif,Fatima,Giulia,Hans-Peter,Ingrid,João,Katarzyna,Łukasz,Mária,Noah,Oisín,Priya,Quentin,Renée,Søren,Thảo,Umut,Vera,Wei,Xenia,Yusuf,Zoë,Aoife,Bruno,Carmen,Dana,Émile,Freya,Goran,Hatice,Ivan,Jana,Kofi,Leïla,Mats,Nadia,Olga,Pedro,Rosa,Stefan,Tomáš,Ursula,Viktor,Wanda,美咲,Žofia}'::text[]
        AS first_names,
    '{ada,bjoern,chloe,dmitri,elif,fatima,giulia,hans-peter,ingrid,joao,katarzyna,lukasz,maria,noah,oisin,priya,quentin,renee,soren,thao,umut,vera,wei,xenia,yusuf,zoe,aoife,bruno,carmen,dana,emile,freya,goran,hatice,ivan,jana,kofi,leila,mats,nadia,olga,pedro,rosa,stefan,tomas,ursula,viktor,wanda,misaki,zofia}'::text[]
        AS first_slugs,
    '{Abbott,Bauer,Castro,Dvořák,Eriksson,Fischer,García,Hoffmann,Ito,Jansen,Kowalski,Lindqvist,Müller,Novák,O''Brien,Papadopoulos,Quist,Rossi,Schröder,Tanaka,Uysal,van der Berg,Weiß,Xu,Yılmaz,Zieliński,Almeida,Bianchi,Chevalier,Díaz,Engström,Ferrari,Gruber,Horváth,Ivanova,Jørgensen,Krüger}'::text[]
        AS last_names,
    '{abbott,bauer,castro,dvorak,eriksson,fischer,garcia,hoffmann,ito,jansen,kowalski,lindqvist,mueller,novak,obrien,papadopoulos,quist,rossi,schroeder,tanaka,uysal,vanderberg,weiss,xu,yilmaz,zielinski,almeida,bianchi,chevalier,diaz,engstrom,ferrari,gruber,horvath,ivanova,jorgensen,krueger}'::text[]
        AS last_slugs,
    '{Lindenallee,Hafenstraße,Rue des Écoles,Via Garibaldi,High Street,Kirchweg,Calle Mayor,Am Mühlbach,Station Road,Ringweg,Plac Wolności}'::text[]
        AS streets,
    '{Berlin,Köln,Lyon,Torino,Leeds,Wien,Sevilla,Graz,Bristol,Utrecht,Kraków}'::text[] AS cities,
    '{Germany,Germany,France,Italy,United Kingdom,Austria,Spain,Austria,United Kingdom,Netherlands,Poland}'::text[] AS countries,
    '{DE,DE,FR,IT,GB,AT,ES,AT,GB,NL,PL}'::text[] AS country_codes,
    '{Nordlicht Handels GmbH,Blue Harbour Ltd,Atelier Fontaine SARL,Officine Riva S.p.A.,Kestrel & Sons,Alpenblick KG,Molino Viejo S.L.}'::text[]
        AS companies,
    '{lamp,kettle,backpack,notebook,blanket,bicycle bell,teapot,umbrella,headphones,desk,chair,mirror,clock}'::text[] AS goods,
    '{red,oak,folding,wool,travel,enamel,vintage,slim,garden,silent,round}'::text[] AS adjectives;

-- ------------------------------------------------------------------------------------------------------------ types

CREATE TYPE shop.order_status AS ENUM ('new', 'paid', 'packed', 'in transit', 'delivered', 'returned', 'cancelled');
CREATE TYPE shop.segment AS ENUM ('consumer', 'student', 'business', 'reseller', 'staff');
CREATE TYPE shop.channel AS ENUM ('web', 'app', 'phone', 'kiosk');
CREATE TYPE shop.weight_range AS RANGE (subtype = float8, multirange_type_name = shop.weight_multirange);

CREATE DOMAIN shop.postcode AS varchar(12) CHECK (VALUE ~ '^[0-9A-Z][0-9A-Z -]{2,11}$');
CREATE DOMAIN shop.email_address AS text CHECK (VALUE LIKE '%_@_%');
CREATE DOMAIN shop.price AS numeric(12, 2) CHECK (VALUE >= 0);
CREATE DOMAIN shop.tag_list AS text[] CHECK (cardinality(VALUE) <= 20);

CREATE TYPE shop.address AS (street text, city text, postcode shop.postcode, country char(2));
CREATE TYPE shop.money_amount AS (amount numeric(14, 2), currency char(3));

-- Owned by no column: order numbers go on across the partitions of orders.
CREATE SEQUENCE shop.order_numbers AS bigint START 1000001;
CREATE SEQUENCE shop.invoice_numbers AS integer START 20240001 INCREMENT 3 MAXVALUE 29999999 CACHE 5 CYCLE;

-- ----------------------------------------------------------------------------------------------------------- tables

CREATE TABLE shop.countries (
    code char(2) PRIMARY KEY,
    name text NOT NULL,
    dial_prefix varchar(5) NOT NULL,
    vat_rate numeric(4, 3) NOT NULL
);

CREATE TABLE shop.customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fax text,
    public_id uuid NOT NULL,
    username varchar(40) NOT NULL,
    email shop.email_address NOT NULL,
    alternative_emails text[],
    full_name text NOT NULL,
    phone varchar(32),
    birth_date date,
    national_id varchar(16),
    street varchar(120),
    city varchar(80),
    postcode shop.postcode,
    country varchar(60),
    company varchar(120),
    website text,
    signup_ip inet,
    router macaddr,
    card_number varchar(23),
    iban varchar(34),
    password_hash text,
    segment shop.segment NOT NULL DEFAULT 'consumer',
    is_subscribed boolean NOT NULL DEFAULT false,
    lifetime_value numeric(12, 2) NOT NULL DEFAULT 0,
    credit_score smallint NOT NULL DEFAULT 0,
    newsletter_topics text[],
    preferences jsonb,
    notes text,
    referred_by bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz,
    valid_until date DEFAULT 'infinity'
);
-- Leaves a hole in the column numbers, as old tables have.
ALTER TABLE shop.customers DROP COLUMN fax;

CREATE TABLE shop.loyalty_cards (
    scheme char(3) NOT NULL,
    card_no varchar(12) NOT NULL,
    customer_id bigint NOT NULL,
    tier "char" NOT NULL,
    points integer NOT NULL,
    paused int4range,
    expires_on date NOT NULL,
    PRIMARY KEY (scheme, card_no)
);

CREATE TABLE shop.loyalty_movements (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    scheme char(3) NOT NULL,
    card_no varchar(12) NOT NULL,
    points integer NOT NULL,
    moved_at timestamp NOT NULL
);

CREATE TABLE shop.employees (
    id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    manager_id integer,
    full_name text NOT NULL,
    email shop.email_address NOT NULL UNIQUE,
    phone varchar(32),
    birth_date date,
    hired_on date NOT NULL,
    salary numeric(10, 2) NOT NULL,
    iban varchar(34),
    home shop.address,
    grade "char",
    skills text[],
    rota integer[][],
    access_bits bit varying(24),
    access_mask bit(8),
    shift_start time,
    shift_end timetz,
    desk point,
    office_network cidr,
    photo bytea,
    emergency_contact text
);

CREATE TABLE shop.suppliers (
    id serial PRIMARY KEY,
    company varchar(120) NOT NULL,
    contact_name varchar(80),
    email text,
    phone varchar(32),
    iban varchar(34),
    website text,
    registered_office shop.address,
    rating real,
    contract_terms interval
);

CREATE TABLE shop.categories (
    id smallint PRIMARY KEY,
    parent_id smallint,
    name varchar(60) NOT NULL,
    path int2[] NOT NULL
);

CREATE TABLE shop.products (
    id serial PRIMARY KEY,
    supplier_id integer NOT NULL,
    category_id smallint NOT NULL,
    sku char(10) NOT NULL UNIQUE,
    name text NOT NULL,
    description text,
    list_price shop.money_amount,
    market_prices shop.money_amount[],
    weight_kg double precision,
    weight_limits shop.weight_range,
    tags shop.tag_list,
    sold_via shop.channel[],
    size_grid numeric(6, 1)[][],
    attributes jsonb NOT NULL DEFAULT '{}',
    search tsvector,
    warranty interval,
    shelf_area polygon,
    on_sale tstzmultirange,
    margin numeric
);

CREATE TABLE shop.product_images (
    product_id integer NOT NULL,
    position smallint NOT NULL,
    image bytea NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (product_id, position)
);

CREATE TABLE shop.warehouses (
    id smallint PRIMARY KEY,
    name text NOT NULL,
    address shop.address NOT NULL,
    location point,
    delivery_area polygon,
    opening_hours int4multirange
);

CREATE TABLE shop.stock (
    product_id integer NOT NULL,
    warehouse_id smallint NOT NULL,
    quantity integer NOT NULL,
    counted_at timestamptz,
    PRIMARY KEY (product_id, warehouse_id)
);

CREATE TABLE shop.promotions (
    id smallint PRIMARY KEY,
    title text NOT NULL,
    during tstzrange NOT NULL,
    discount numeric(5, 4) NOT NULL,
    EXCLUDE USING gist (during WITH &&)
);

-- By month, and a default partition for the days before and after.
CREATE TABLE shop.orders (
    id bigint NOT NULL DEFAULT nextval('shop.order_numbers'),
    placed_on date NOT NULL,
    customer_id bigint NOT NULL,
    status shop.order_status NOT NULL DEFAULT 'new',
    status_history shop.order_status[],
    channel shop.channel NOT NULL,
    ship_country char(2) NOT NULL,
    ship_to shop.address,
    contact_email text,
    total shop.money_amount NOT NULL,
    delivery_window tstzrange,
    promised_within interval,
    coupon_codes text[],
    gift_message text,
    client_ip inet,
    placed_at timestamptz NOT NULL,
    PRIMARY KEY (id, placed_on)
) PARTITION BY RANGE (placed_on);

CREATE TABLE shop.orders_2024_01 PARTITION OF shop.orders FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE shop.orders_2024_02 PARTITION OF shop.orders FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
CREATE TABLE shop.orders_2024_03 PARTITION OF shop.orders FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
CREATE TABLE shop.orders_2024_04 PARTITION OF shop.orders FOR VALUES FROM ('2024-04-01') TO ('2024-05-01');
CREATE TABLE shop.orders_2024_05 PARTITION OF shop.orders FOR VALUES FROM ('2024-05-01') TO ('2024-06-01');
CREATE TABLE shop.orders_2024_06 PARTITION OF shop.orders FOR VALUES FROM ('2024-06-01') TO ('2024-07-01');
CREATE TABLE shop.orders_2024_07 PARTITION OF shop.orders FOR VALUES FROM ('2024-07-01') TO ('2024-08-01');
CREATE TABLE shop.orders_2024_08 PARTITION OF shop.orders FOR VALUES FROM ('2024-08-01') TO ('2024-09-01');
CREATE TABLE shop.orders_2024_09 PARTITION OF shop.orders FOR VALUES FROM ('2024-09-01') TO ('2024-10-01');
CREATE TABLE shop.orders_2024_10 PARTITION OF shop.orders FOR VALUES FROM ('2024-10-01') TO ('2024-11-01');
CREATE TABLE shop.orders_2024_11 PARTITION OF shop.orders FOR VALUES FROM ('2024-11-01') TO ('2024-12-01');
CREATE TABLE shop.orders_default PARTITION OF shop.orders DEFAULT;

-- Attached later by somebody who wrote the columns in another order: position says nothing about name.
CREATE TABLE shop.orders_2024_12 (
    placed_at timestamptz NOT NULL,
    client_ip inet,
    contact_email text,
    ship_country char(2) NOT NULL,
    ship_to shop.address,
    gift_message text,
    customer_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT nextval('shop.order_numbers'),
    total shop.money_amount NOT NULL,
    placed_on date NOT NULL,
    coupon_codes text[],
    status shop.order_status NOT NULL DEFAULT 'new',
    channel shop.channel NOT NULL,
    status_history shop.order_status[],
    promised_within interval,
    delivery_window tstzrange
);
ALTER TABLE shop.orders ATTACH PARTITION shop.orders_2024_12 FOR VALUES FROM ('2024-12-01') TO ('2025-01-01');

CREATE TABLE shop.order_items (
    order_id bigint NOT NULL,
    placed_on date NOT NULL,
    line_no smallint NOT NULL,
    product_id integer NOT NULL,
    quantity integer NOT NULL,
    unit_price shop.price NOT NULL,
    discount numeric(5, 4) NOT NULL DEFAULT 0,
    line_total numeric(14, 2) GENERATED ALWAYS AS (round(quantity * unit_price * (1 - discount), 2)) STORED,
    engraving text
);

CREATE TABLE shop.payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL,
    placed_on date NOT NULL,
    method varchar(12) NOT NULL,
    amount numeric(12, 2) NOT NULL,
    payer_name text,
    card_number varchar(23),
    iban varchar(34),
    authorisation varchar(64),
    processor_reply json,
    paid_at timestamptz
);

CREATE TABLE shop.sessions (
    id uuid PRIMARY KEY,
    customer_public_id uuid,
    token text NOT NULL UNIQUE,
    fingerprint varchar(32),
    ip inet NOT NULL,
    seen_ips inet[],
    user_agent text,
    referrer text,
    started_at timestamptz NOT NULL,
    lasted interval
);

CREATE TABLE shop.page_views (
    view_no bigint NOT NULL PRIMARY KEY,
    session_id uuid,
    url text NOT NULL,
    viewed_at timestamptz NOT NULL,
    load_ms real
) PARTITION BY HASH (view_no);
CREATE TABLE shop.page_views_0 PARTITION OF shop.page_views FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE shop.page_views_1 PARTITION OF shop.page_views FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE shop.page_views_2 PARTITION OF shop.page_views FOR VALUES WITH (MODULUS 3, REMAINDER 2);

-- By channel; the web's part once more by half-year.
CREATE TABLE shop.audit_events (
    id bigint NOT NULL,
    channel shop.channel NOT NULL,
    happened_on date NOT NULL,
    actor_email text,
    ip inet,
    device macaddr,
    action varchar(30) NOT NULL,
    payload json,
    wal_position pg_lsn,
    PRIMARY KEY (channel, happened_on, id)
) PARTITION BY LIST (channel);
CREATE TABLE shop.audit_events_web PARTITION OF shop.audit_events FOR VALUES IN ('web') PARTITION BY RANGE (happened_on);
CREATE TABLE shop.audit_events_web_2024h1 PARTITION OF shop.audit_events_web FOR VALUES FROM (MINVALUE) TO ('2024-07-01');
CREATE TABLE shop.audit_events_web_2024h2 PARTITION OF shop.audit_events_web FOR VALUES FROM ('2024-07-01') TO (MAXVALUE);
CREATE TABLE shop.audit_events_app PARTITION OF shop.audit_events FOR VALUES IN ('app');
CREATE TABLE shop.audit_events_other PARTITION OF shop.audit_events DEFAULT;

CREATE TABLE shop.reviews (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id integer NOT NULL,
    customer_id bigint,
    stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
    title varchar(100),
    body text NOT NULL,
    body_search tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, body)) STORED,
    written_at timestamptz NOT NULL
);

CREATE TABLE shop.support_tickets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL,
    handled_by integer,
    subject varchar(120) NOT NULL,
    message text NOT NULL,
    callback_phones text[],
    opened_at timestamptz NOT NULL,
    closed_at timestamptz DEFAULT 'infinity'
);

-- No primary key, and whole rows may repeat.
CREATE TABLE shop.click_log (
    at timestamp NOT NULL,
    customer_id bigint,
    ip inet,
    x smallint,
    y smallint,
    target name
);

-- Inheritance of the old kind: the parent's query shows the child's rows too.
CREATE TABLE shop.price_changes (product_id integer NOT NULL, changed_on date NOT NULL, price numeric(12, 2));
CREATE TABLE shop.price_changes_archive (reason text) INHERITS (shop.price_changes);

CREATE UNLOGGED TABLE shop.recent_searches (id integer PRIMARY KEY, query tsquery, hits integer, filter jsonpath);

-- Names that need quotes everywhere.
CREATE TABLE shop."GiftCards" (
    "Card Code" varchar(64) PRIMARY KEY,
    "Größe" numeric(8, 2) NOT NULL,
    "Empfänger" text,
    "select" integer,
    "50%s off" boolean,
    "it's ""signed""" boolean
);

-- Their values are names that binary COPY would send as numbers of this server's own catalog.
CREATE TABLE shop.report_fields (
    id integer PRIMARY KEY,
    title text NOT NULL,
    owner_email text,
    value_type regtype NOT NULL,
    source_table regclass,
    formatter regproc,
    dictionary regconfig
);

-- aclitem has no binary form.
CREATE TABLE shop.access_grants (id integer PRIMARY KEY, granted aclitem, reviewer_email text, remark text);

CREATE TABLE shop.gift_wraps (id integer PRIMARY KEY, name text, price shop.price, pattern bytea);

-- Prepared for next year's survey: wide, and no rows.
DO $$
BEGIN
    EXECUTE (
        SELECT format('CREATE TABLE shop.survey_replies (id bigint PRIMARY KEY, customer_id bigint, %s)',
                      string_agg(format('answer_%s text', to_char(n, 'FM000')), ', ' ORDER BY n))
        FROM generate_series(1, 240) AS n);
END
$$;

-- One column for each remarkable type, one row for each remarkable value.
CREATE TABLE shop.specimens (
    id smallint PRIMARY KEY,
    label text NOT NULL,
    a_bool boolean, an_int2 int2, an_int4 int4, an_int8 int8, an_oid oid, an_xid8 xid8,
    a_numeric numeric, a_money_like numeric(20, 4), a_float4 float4, a_float8 float8,
    a_text text, a_varchar varchar(20), a_bpchar char(6), a_char "char", a_name name, a_bytea bytea,
    a_date date, a_time time, a_timetz timetz, a_timestamp timestamp, a_timestamptz timestamptz, an_interval interval,
    a_uuid uuid, a_json json, a_jsonb jsonb, a_jsonpath jsonpath,
    an_inet inet, a_cidr cidr, a_macaddr macaddr, a_macaddr8 macaddr8,
    a_bit bit(9), a_varbit bit varying,
    a_point point, a_line line, an_lseg lseg, a_box box, a_path path, a_polygon polygon, a_circle circle,
    a_tsvector tsvector, a_tsquery tsquery,
    an_int4range int4range, a_numrange numrange, a_tstzrange tstzrange, a_daterange daterange,
    an_int4multirange int4multirange, a_weight_range shop.weight_range, a_weight_multirange shop.weight_multirange,
    a_status shop.order_status, a_postcode shop.postcode, an_address shop.address, a_tag_list shop.tag_list,
    an_int4_array int4[], a_text_array text[], a_numeric_array numeric[], a_status_array shop.order_status[],
    a_postcode_array shop.postcode[], an_address_array shop.address[], a_range_array int4range[], an_inet_array inet[]
);

-- ----------------------------------------------------------------------------------------------------------- people

INSERT INTO shop.countries VALUES
    ('DE', 'Germany', '+49', 0.190), ('FR', 'France', '+33', 0.200), ('IT', 'Italy', '+39', 0.220),
    ('GB', 'United Kingdom', '+44', 0.200), ('AT', 'Austria', '+43', 0.200), ('ES', 'Spain', '+34', 0.210),
    ('NL', 'Netherlands', '+31', 0.210), ('PL', 'Poland', '+48', 0.230), ('CI', 'Côte d’Ivoire', '+225', 0.180),
    ('NA', 'Namibia', '+264', 0.150);

INSERT INTO shop.employees
SELECT i, CASE WHEN i > 1 THEN i / 6 + 1 END,
       first_names[1 + pg_temp.mix(i, 1, 50)] || ' ' || last_names[1 + pg_temp.mix(i, 2, 37)],
       first_slugs[1 + pg_temp.mix(i, 1, 50)] || '.' || last_slugs[1 + pg_temp.mix(i, 2, 37)] || i || '@shop.example',
       '+49 30 ' || to_char(pg_temp.mix(i, 3, 1000000), 'FM000000') || '-' || i,
       date '1960-02-29' + pg_temp.mix(i, 4, 15000)::int, date '2009-11-15' + pg_temp.mix(i, 5, 5000)::int,
       24000 + pg_temp.mix(i, 6, 7200000) / 100.0,
       'DE' || pg_temp.iban_check(bban, 1314) || to_char(bban, 'FM000000000000000000'),
       ROW(streets[1 + pg_temp.mix(i, 7, 11)] || ' ' || i, cities[1 + i % 11], to_char(pg_temp.mix(i, 8, 100000), 'FM00000'),
           country_codes[1 + i % 11])::shop.address,
       chr(65 + i % 5)::"char",
       (ARRAY['packing', NULL, 'first aid', 'forklift', 'sign language'])[1:i % 6],
       CASE WHEN i % 7 > 0 THEN ARRAY[[i % 5, 8, NULL], [6, i % 3, 10]] END,
       (i * 1017)::bit(24)::bit varying(24) | B'000000000000000000000001'::bit varying(24), (i % 256)::bit(8),
       time '06:00' + i % 16 * interval '1 hour', ('14:30:00+0' || i % 10)::timetz,
       point(i / 10, i % 10 + 0.5), ('10.' || i || '.0.0/16')::cidr,
       decode(repeat(md5('badge photo ' || i), 20), 'hex'),
       'Call ' || first_names[1 + pg_temp.mix(i, 9, 50)] || ', 0171 ' || to_char(pg_temp.mix(i, 10, 10000000), 'FM0000000')
           || ', or write to ' || last_slugs[1 + pg_temp.mix(i, 2, 37)] || '.family@example.org'
FROM words, generate_series(1, 150) AS i, LATERAL (SELECT pg_temp.mix(i, 11, 900000) * 700000000007 AS bban) AS account;

-- What several columns and tables must agree on (name, mail, notes, orders) is chosen once, here.
CREATE TEMPORARY TABLE people AS
SELECT i AS person, first_names[1 + f] || ' ' || last_names[1 + l] AS full_name,
       first_slugs[1 + f] || '.' || last_slugs[1 + l] || i AS slug,
       c, countries[1 + c] AS country, country_codes[1 + c] AS country_code, cities[1 + c] AS city,
       CASE i % 4 WHEN 0 THEN '+49 30 ' || to_char(n, 'FM0000000') WHEN 1 THEN '(0' || 200 + c || ') ' || to_char(n, 'FM000"-"0000')
                  WHEN 2 THEN '0043/1/' || to_char(n, 'FM0000000') ELSE '+44' || 2000000000 + n END AS phone,
       CASE WHEN i % 10 = 0 THEN pg_temp.with_luhn(37000000000000 + n * 100003)
            WHEN i % 2 = 0 THEN pg_temp.with_luhn(400000000000000 + n * 9700003)
            ELSE pg_temp.with_luhn(510000000000000 + n * 4900003) END AS card,
       CASE i % 3
            WHEN 0 THEN 'DE' || pg_temp.iban_check(n * 70000000007, 1314) || to_char(n * 70000000007, 'FM000000000000000000')
            WHEN 1 THEN 'AT' || pg_temp.iban_check(n * 900000007, 1029) || to_char(n * 900000007, 'FM0000000000000000')
            ELSE 'CH' || pg_temp.iban_check(n * 3000000019, 1217) || to_char(n * 3000000019, 'FM00000000000000000')
       END AS iban
FROM (SELECT i, pg_temp.mix(i, 1, 50) AS f, pg_temp.mix(i, 2, 37) AS l, pg_temp.mix(i, 3, 11) AS c,
             pg_temp.mix(i, 4, 9999999) AS n
      FROM generate_series(1, 60000) AS i OFFSET 0) AS choice, words;

INSERT INTO shop.customers OVERRIDING SYSTEM VALUE
SELECT i, md5('customer ' || i)::uuid, slug,
       slug || '@' || (ARRAY['example.com', 'example.org', 'mail.example', 'example.net'])[1 + i % 4],
       CASE i % 8 WHEN 0 THEN ARRAY[slug || '@work.example', NULL, 'old.' || slug || '@example.com'] WHEN 1 THEN '{}'
                  WHEN 2 THEN ARRAY[slug || '@home.example'] END,
       full_name, CASE WHEN i % 11 > 0 THEN phone END,
       CASE WHEN i % 9 > 0 THEN date '1936-02-29' + pg_temp.mix(i, 5, 26000)::int WHEN i = 9 THEN date '-infinity' END,
       to_char(pg_temp.mix(i, 6, 10000000000), 'FM0000000000'),
       streets[1 + pg_temp.mix(i, 7, 11)] || ' ' || 1 + pg_temp.mix(i, 8, 190), city,
       CASE country_code WHEN 'GB' THEN 'LS' || 1 + i % 28 || ' ' || 1 + i % 9 || 'AB'
                         WHEN 'NL' THEN 3500 + i % 90 || ' AK'
                         WHEN 'PL' THEN '30-' || 100 + i % 900
                         WHEN 'AT' THEN (1000 + i % 8999)::text
                         ELSE to_char(1000 + pg_temp.mix(i, 9, 98000), 'FM00000') END,
       country, CASE WHEN i % 6 = 0 THEN companies[1 + i % 7] END,
       CASE WHEN i % 6 = 0 THEN 'https://www.' || slug || '.example/about?ref=' || i END,
       CASE WHEN i % 5 = 0 THEN inet '2001:db8::' + i * 65537::bigint ELSE inet '10.0.0.1' + i * 251 END,
       CASE WHEN i % 3 > 0 THEN ('02:00:5e' || to_char(i % 100, '":"00') || to_char(i / 100 % 100, '":"00') || ':0c')::macaddr END,
       CASE WHEN i % 4 = 3 THEN NULL
            WHEN i % 10 = 0 THEN to_char(card, 'FM0000" "000000" "00000')
            WHEN i % 4 = 1 THEN card::text ELSE to_char(card, 'FM0000" "0000" "0000" "0000') END,
       CASE WHEN i % 4 > 0 THEN iban END,
       '$2b$12$' || md5('password ' || i),
       (enum_range(NULL::shop.segment))[1 + i % 4 * (i % 5) / 4], i % 3 = 0,
       pg_temp.mix(i, 10, 1000000) / 100.0, pg_temp.mix(i, 11, 600)::int2,
       CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN '{}' ELSE (ARRAY['sales', NULL, 'garden', 'news, and "more"'])[1:i % 5] END,
       CASE WHEN i % 2 = 1 THEN jsonb_build_object(
           'ip', host(inet '10.0.0.1' + i * 251), 'email', slug || '@example.com', 'plan', (ARRAY['free', 'plus', 'pro'])[1 + i % 3],
           'contact', jsonb_build_object('phone', phone, 'name', full_name), 'limit', pg_temp.mix(i, 12, 100000) * 0.001,
           'theme', NULL, 'seen', jsonb_build_array(i % 7, 'größer', true)) END,
       CASE i % 6
            WHEN 0 THEN format('%s asked for a call back on %s, in writing: %s@example.com.', full_name, phone, slug)
            WHEN 1 THEN format('Card %s was declined, paid from %s instead. Logged in from %s.', card, iban, inet '10.0.0.1' + i * 251)
            WHEN 2 THEN 'Prefers parcels after 17:00; ring twice. Überweisung kommt am 1.' END,
       CASE WHEN i > 10 AND i % 4 = 1 THEN 1 + pg_temp.mix(i, 13, i - 1) END,
       timestamptz '2019-01-01 00:00:00+00' + i * interval '2617 seconds 123457 microseconds',
       CASE WHEN i % 2 = 0 THEN timestamptz '2024-01-01 00:00:00+00' + i * interval '523 seconds' END,
       CASE WHEN i % 10 > 0 THEN date 'infinity' ELSE date '2025-01-01' + i / 100 END
FROM (SELECT person AS i, * FROM people) AS p, words ORDER BY i;

INSERT INTO shop.loyalty_cards
SELECT (ARRAY['GLD', 'SLV', 'BZ'])[1 + i % 3], to_char(pg_temp.mix(i, 20, 99999) * 100000 + i, 'FM0000000000'),
       i * 7, (ARRAY['g', 's', 'b'])[1 + i % 3]::"char", pg_temp.mix(i, 21, 90000)::int,
       CASE i % 4 WHEN 0 THEN int4range(i, i + 30, '[]') WHEN 1 THEN int4range(NULL, i) WHEN 2 THEN 'empty'::int4range END,
       date '2026-12-31' - i / 20
FROM generate_series(1, 8000) AS i;

INSERT INTO shop.loyalty_movements (scheme, card_no, points, moved_at)
SELECT scheme, card_no, k * 50 - points % 400, timestamp '2024-03-01 08:00' + points * interval '67 seconds' * k
FROM shop.loyalty_cards, generate_series(1, 2) AS k WHERE k = 1 OR points % 8 = 0 ORDER BY card_no, k;

-- ------------------------------------------------------------------------------------------------------------ goods

INSERT INTO shop.suppliers (company, contact_name, email, phone, iban, website, registered_office, rating, contract_terms)
SELECT companies[1 + i % 7] || ' ' || i, first_names[1 + i % 50] || ' ' || last_names[1 + i % 37],
       'sales' || i || '@supplier' || i || '.example', '+33 1 ' || to_char(i * 10007, 'FM00000000'),
       'AT' || pg_temp.iban_check(i * 1000000007::bigint, 1029) || to_char(i * 1000000007::bigint, 'FM0000000000000000'),
       'http://supplier' || i || '.example', ROW(streets[1 + i % 11] || ' ' || i, cities[1 + i % 11], '1' || to_char(i, 'FM0000'), 'AT')::shop.address,
       (ARRAY[4.5, 'NaN', 3.25, '-0', 'Infinity']::real[])[1 + i % 5], i % 5 * interval '1 year 2 months' + interval '13 days'
FROM words, generate_series(1, 80) AS i;

INSERT INTO shop.categories
SELECT i, CASE WHEN i > 8 THEN i / 8 END, (ARRAY['Home', 'Garden', 'Travel', 'Office', 'Kids'])[1 + i % 5] || ' ' || i,
       CASE WHEN i > 64 THEN ARRAY[i / 64, i / 8, i] WHEN i > 8 THEN ARRAY[i / 8, i] ELSE ARRAY[i] END::int2[]
FROM generate_series(1, 200) AS i;

INSERT INTO shop.products (supplier_id, category_id, sku, name, description, list_price, market_prices, weight_kg, weight_limits, tags,
                           sold_via, size_grid, attributes, search, warranty, shelf_area, on_sale, margin)
SELECT 1 + i % 80, 1 + i % 200, 'P' || to_char(i, 'FM00000'), title, 'A ' || title || repeat(', which lasts for years', i % 20) || '.',
       ROW(i % 400 + 0.99, 'EUR')::shop.money_amount,
       CASE WHEN i % 4 > 0 THEN ARRAY[ROW(i % 350 + 0.5, 'GBP')::shop.money_amount, NULL, ROW(NULL, 'CHF')::shop.money_amount] END,
       CASE i % 50 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-0' WHEN 3 THEN NULL ELSE i * 0.137 END,
       shop.weight_range(i * 0.1, CASE WHEN i % 6 > 0 THEN i * 0.2 END, '[)'),
       CASE WHEN i % 5 > 0 THEN (ARRAY['new', NULL, 'best seller', ''])[1:i % 5] END,
       (enum_range(NULL::shop.channel))[1:i % 5], CASE WHEN i % 3 = 0 THEN ARRAY[[i, NULL], [i + 0.5, 0.0]] END,
       jsonb_build_object('colour', adjectives[1 + i % 11], 'parts', i % 9, 'dimensions', jsonb_build_array(i % 80, 0.10, 1e20)),
       setweight(to_tsvector('simple'::regconfig, title), 'A'),
       CASE i % 4 WHEN 0 THEN interval '2 years' WHEN 1 THEN interval '1 month -3 days 00:00:01.5' WHEN 2 THEN interval '-6 months' END,
       polygon(box(point(0, 0), point(i % 10, 2))),
       CASE WHEN i % 3 = 0 THEN tstzmultirange(tstzrange(NULL, '2024-02-01 00:00+00'), tstzrange('2024-11-25 00:00+00', '2024-12-02 00:00+00', '[]')) END,
       CASE i % 40 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-Infinity' WHEN 3 THEN 0.00 WHEN 4 THEN 1e120 ELSE i / 7.0 END
FROM words, generate_series(1, 2000) AS i,
     LATERAL (SELECT adjectives[1 + i % 11] || ' ' || goods[1 + i % 13] || ' no. ' || i AS title) AS named ORDER BY i;

-- Incompressible bytes: most 8 kB, three of half a megabyte.
INSERT INTO shop.product_images
SELECT i, 1 + i % 3, image, sha256(image)
FROM generate_series(1, 200) AS i, LATERAL (
    SELECT decode(string_agg(md5(i || ' ' || k), '' ORDER BY k), 'hex') AS image
    FROM generate_series(1, CASE WHEN i % 60 = 0 THEN 32768 ELSE 512 END) AS k) AS made;

INSERT INTO shop.warehouses
SELECT i, cities[i] || ' depot', ROW('Docks ' || i, cities[i], '2' || to_char(i, 'FM0000'), country_codes[i])::shop.address,
       point(48 + i * 0.731, 2 + i * 1.93), polygon(circle(point(48 + i, 2 + i), 0.5)),
       int4multirange(int4range(360, 720), int4range(780, 1080 + i))
FROM words, generate_series(1, 4) AS i;

INSERT INTO shop.stock
SELECT p, w, pg_temp.mix(p * 5 + w, 30, 500)::int, CASE WHEN p % 9 > 0 THEN timestamptz '2024-12-31 22:00:00+00' - p * interval '61 seconds'
                                                        ELSE timestamptz '-infinity' END
FROM generate_series(1, 2000) AS p, generate_series(1, 4) AS w WHERE (p + w) % 4 < 2;

INSERT INTO shop.promotions
SELECT i, 'Week ' || i, tstzrange(timestamptz '2024-01-01 00:00+00' + i * interval '168 hours',
                                  CASE WHEN i < 52 THEN timestamptz '2024-01-01 00:00+00' + (i + 1) * interval '168 hours' END), i / 100.0
FROM generate_series(1, 52) AS i;

-- ----------------------------------------------------------------------------------------------------------- orders

INSERT INTO shop.orders
SELECT 1000000 + i, day, p.person, (enum_range(NULL::shop.order_status))[1 + i % 7], (enum_range(NULL::shop.order_status))[1:1 + i % 7],
       (enum_range(NULL::shop.channel))[1 + i % 4], p.country_code,
       CASE WHEN i % 3 > 0 THEN ROW('c/o ' || p.full_name || ', ' || streets[1 + i % 11] || ' ' || i % 90, p.city,
                                    CASE WHEN i % 4 > 0 THEN to_char(10000 + i, 'FM00000') END, p.country_code)::shop.address END,
       CASE WHEN i % 5 > 0 THEN p.slug || '@example.com' END,
       ROW(pg_temp.mix(i, 41, 90000) / 100.0, CASE WHEN p.country_code = 'GB' THEN 'GBP' ELSE 'EUR' END)::shop.money_amount,
       CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN tstzrange(day_at + interval '48 hours', NULL)
                  ELSE tstzrange(day_at + interval '32 hours', day_at + interval '36 hours', '(]') END,
       CASE i % 5 WHEN 0 THEN interval '1 month' WHEN 1 THEN interval '2 days 12:00' WHEN 2 THEN interval '-1 day +04:05:06.789' END,
       CASE i % 9 WHEN 0 THEN ARRAY['SPRING', NULL, 'FRIEND"S'] WHEN 1 THEN '{}' END,
       CASE WHEN i % 10 = 0 THEN format(E'Happy birthday, %s!\nYours, %s (%s)', first_names[1 + i % 50], p.full_name, p.phone) END,
       CASE WHEN i % 6 = 0 THEN inet '2001:db8:1::' + i ELSE inet '10.64.0.0' + i * 53 END,
       day_at + i % 1440 * interval '1 minute' + i * interval '1 microsecond'
FROM words, (SELECT i, 1 + pg_temp.mix(i, 40, 60000) AS customer, date '2023-12-15' + i / 125 AS day,
                    timestamptz '2023-12-15 00:00:00+00' + i / 125 * interval '24 hours' AS day_at
             FROM generate_series(1, 50000) AS i OFFSET 0) AS o JOIN people AS p ON p.person = o.customer
ORDER BY i;

INSERT INTO shop.order_items (order_id, placed_on, line_no, product_id, quantity, unit_price, discount, engraving)
SELECT 1000000 + i, date '2023-12-15' + i / 125, k, 1 + pg_temp.mix(i * 3 + k, 50, 2000), 1 + i % 4 * (k - 1),
       pg_temp.mix(i + k, 51, 40000) / 100.0, i % 20 / 100.0,
       CASE WHEN i % 25 = 0 THEN 'For ' || first_names[1 + pg_temp.mix(i, 52, 50)] END
FROM words, generate_series(1, 50000) AS i, generate_series(1, 1 + (i % 5 = 0)::int) AS k;

INSERT INTO shop.payments (order_id, placed_on, method, amount, payer_name, card_number, iban, authorisation, processor_reply, paid_at)
SELECT 1000000 + i, date '2023-12-15' + i / 125, CASE WHEN is_card THEN 'card' ELSE 'transfer' END, pg_temp.mix(i, 41, 90000) / 100.0,
       p.full_name, CASE WHEN is_card THEN p.card::text END, CASE WHEN NOT is_card THEN p.iban END, md5('authorisation ' || i),
       json_build_object('status', CASE WHEN i % 40 > 0 THEN 'ok' ELSE 'declined' END, 'ip', host(inet '10.64.0.0' + i * 53), 'holder', p.full_name,
                         'risk', pg_temp.mix(i, 61, 1000) * 0.001),
       CASE WHEN i % 40 > 0 THEN timestamptz '2023-12-15 12:00:00+00' + i * interval '691 seconds' ELSE timestamptz 'infinity' END
FROM (SELECT 2 * i AS i, 1 + pg_temp.mix(2 * i, 40, 60000) AS customer, i % 3 > 0 AS is_card FROM generate_series(1, 25000) AS i OFFSET 0) AS o
JOIN people AS p ON p.person = o.customer
ORDER BY i;

-- ---------------------------------------------------------------------------------------------------------- traffic

INSERT INTO shop.sessions
SELECT md5('session ' || i)::uuid, CASE WHEN i % 3 > 0 THEN md5('customer ' || 1 + pg_temp.mix(i, 70, 60000))::uuid END,
       md5('token ' || i), md5('device ' || i % 9000), ip,
       CASE i % 4 WHEN 0 THEN ARRAY[ip, NULL, inet '2001:db8::/48', set_masklen(ip, 24)] WHEN 1 THEN '{}' END,
       format('Mozilla/5.0 (%s) Gecko/20100101 Firefox/%s.0', (ARRAY['X11; Linux x86_64', 'Windows NT 10.0', 'Macintosh'])[1 + i % 3], 90 + i % 50),
       CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'https://search.example/?q=lamp&user=u' || i || '#top' END,
       timestamptz '2024-01-01 00:00:00+00' + i * interval '1543 seconds', i % 7000 * interval '1.013 seconds'
FROM (SELECT i, CASE WHEN i % 4 = 0 THEN inet '2001:db8:77::' + i * 4099 ELSE inet '10.128.0.0' + i * 311 END AS ip
      FROM generate_series(1, 20000) AS i OFFSET 0) AS s;

INSERT INTO shop.page_views
SELECT i, CASE WHEN i % 8 > 0 THEN md5('session ' || 1 + pg_temp.mix(i, 80, 20000))::uuid END,
       'https://shop.example/p/' || pg_temp.mix(i, 81, 2000) || CASE WHEN i % 9 = 0 THEN '?email=visitor' || i || '@example.com' ELSE '' END,
       timestamptz '2024-01-01 00:00:00+00' + i * interval '1051 seconds',
       CASE i % 30 WHEN 0 THEN 'NaN' WHEN 1 THEN '-Infinity' ELSE pg_temp.mix(i, 82, 90000) / 32.0 END
FROM generate_series(1, 15000) AS i;

INSERT INTO shop.audit_events
SELECT i, (enum_range(NULL::shop.channel))[1 + i % 4 * (i % 3) / 2], date '2024-01-01' + i / 42, slug || '@example.com',
       inet '10.200.0.0' + i, ('02:00:5e:10:' || to_char(i % 100, 'FM00') || ':ff')::macaddr,
       (ARRAY['login', 'logout', 'address changed', 'order viewed'])[1 + i % 4],
       CASE WHEN i % 5 > 0 THEN json_build_object('by', slug, 'email', slug || '@example.com', 'ip', host(inet '10.200.0.0' + i), 'attempt', i % 4) END,
       '16/B374D848'::pg_lsn + i * 8191
FROM (SELECT person AS i, * FROM people) AS p WHERE person <= 15000 ORDER BY person;

INSERT INTO shop.reviews (product_id, customer_id, stars, title, body, written_at)
SELECT 1 + pg_temp.mix(i, 90, 2000), CASE WHEN i % 10 > 0 THEN customer END, 1 + i % 5,
       (ARRAY['Great', 'Broke after a week', 'As described', 'Würde ich wieder kaufen', 'Too late for the birthday'])[1 + i % 5] || ' (' || p.full_name || ')',
       CASE i % 7 WHEN 0 THEN '' WHEN 1 THEN format('I wrote to %s@example.com and rang %s, nobody answered.', p.slug, p.phone)
                  WHEN 2 THEN format('They charged %s twice! Refund to %s please.', p.card, p.iban)
                  ELSE 'Nice, ' || repeat('really nice, ', 1 + i % 30) || 'would buy again 👍.' END,
       timestamptz '2024-01-15 00:00:00+00' + i * interval '2503 seconds'
FROM (SELECT i, 1 + pg_temp.mix(i, 91, 60000) AS customer FROM generate_series(1, 10000) AS i OFFSET 0) AS r JOIN people AS p ON p.person = r.customer
ORDER BY i;

INSERT INTO shop.support_tickets (customer_id, handled_by, subject, message, callback_phones, opened_at, closed_at)
SELECT customer, CASE WHEN i % 6 > 0 THEN 1 + i % 150 END, 'Order ' || 1000000 + i,
       format(E'Dear team,\n\nmy order %s went to %s. Please call %s or mail %s@example.com.\nMy card is %s, my router %s at %s.\n\n%s',
              1000000 + i, p.city, p.phone, p.slug, p.card, '02:00:5e:10:00:ff', inet '10.64.0.0' + i, p.full_name),
       CASE i % 3 WHEN 0 THEN ARRAY[p.phone, NULL] WHEN 1 THEN ARRAY[p.phone] END,
       timestamptz '2024-02-01 00:00:00+00' + i * interval '5000 seconds',
       CASE WHEN i % 4 > 0 THEN timestamptz '2024-02-02 00:00:00+00' + i * interval '5000 seconds' ELSE timestamptz 'infinity' END
FROM (SELECT i, 1 + pg_temp.mix(i, 92, 60000) AS customer FROM generate_series(1, 6000) AS i OFFSET 0) AS r JOIN people AS p ON p.person = r.customer
ORDER BY i;

INSERT INTO shop.click_log
SELECT timestamp '2024-06-01 00:00' + i / 3 * interval '7 seconds', CASE WHEN i % 5 > 0 THEN 1 + i / 3 % 60000 END, inet '10.9.0.0' + i / 3,
       i / 3 % 1920, i / 3 % 1080, ('button_' || i / 3 % 40)::name
FROM generate_series(1, 12000) AS i;

-- ------------------------------------------------------------------------------------------------------ odd corners

INSERT INTO shop.price_changes SELECT i, date '2024-01-01' + i % 300, i * 1.01 FROM generate_series(1, 600) AS i;
INSERT INTO shop.price_changes_archive
SELECT i, CASE WHEN i = 1 THEN date '0044-03-15 BC' ELSE date '1999-12-31' - i END, i, 'before the relaunch' FROM generate_series(1, 300) AS i;

INSERT INTO shop.recent_searches
SELECT i, (ARRAY['lamp & !red', 'desk <-> chair', 'wool:*AB | (oak & slim)'])[1 + i % 3]::tsquery, i, '$.tags[*] ? (@ == "new")'
FROM generate_series(1, 400) AS i;

INSERT INTO shop."GiftCards"
SELECT 'GC-' || upper(substr(md5('gift card ' || i), 1, 16)), i % 20 * 5, first_names[1 + i % 50] || ' ' || last_names[1 + i % 37], i, i % 2 = 0, NULL
FROM words, generate_series(1, 500) AS i;

INSERT INTO shop.report_fields VALUES
    (1, 'Customer', 'reports@shop.example', 'pg_catalog.int8', 'pg_catalog.pg_class', 'pg_catalog.now', 'pg_catalog.simple'),
    (2, 'Revenue', 'finance@shop.example', 'pg_catalog.numeric', NULL, 'pg_catalog.clock_timestamp', NULL),
    (3, 'Tags', NULL, 'pg_catalog.text[]', 'pg_catalog.pg_type', NULL, 'pg_catalog.simple'),
    (4, E'Tab\there, back\\slash, line\nfeed and \\N', 'odd@shop.example', 'pg_catalog.interval', 'pg_catalog.pg_tables', 'pg_catalog.version', NULL);

-- Roles that every server has since 14.
INSERT INTO shop.access_grants VALUES
    (1, 'pg_read_all_data=r/pg_database_owner', 'audit@shop.example', 'Ask audit@shop.example before you widen this.'),
    (2, 'pg_monitor=arw*/pg_database_owner', NULL, NULL),
    (3, '=U/pg_read_all_data', 'ops@shop.example', '');

INSERT INTO shop.specimens (id, label, a_bool, an_int2, an_int4, an_int8, an_oid, an_xid8, a_numeric, a_money_like, a_float4, a_float8,
    a_text, a_varchar, a_bpchar, a_char, a_name, a_bytea, a_date, a_time, a_timetz, a_timestamp, a_timestamptz, an_interval) VALUES
    (1, 'plain', true, 1, 2, 3, 4, '5', 6.50, 7.25, 8.5, 9.75, 'text', 'varchar', 'bp', 'c', 'name', '\x010203',
     '2024-02-29', '12:34:56.789', '12:34:56+02', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.789+00', '1 year 2 months 3 days 04:05:06.7'),
    (2, 'largest', true, 32767, 2147483647, 9223372036854775807, 4294967295, '18446744073709551615', ('9' || repeat('0', 3000) || '.' || repeat('1', 200))::numeric,
     9999999999999999.9999, 3.4028235e38, 1.7976931348623157e308, repeat('ß', 5000), repeat('é', 20), 'abcdef', '~', repeat('n', 63)::name, decode(repeat('00ff', 4000), 'hex'),
     '5874897-12-31', '24:00:00', '24:00:00-15:59:59', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00',
     '178000000 years 11 months 2147483647 days 999999:59:59.999999'),
    (3, 'smallest', false, -32768, -2147483648, -9223372036854775808, 0, '0', 1e-300, -9999999999999999.9999, 1.1754944e-38, 5e-324, ' ', ' ', ' ', '', '', '\x00',
     '4713-01-01 BC', '00:00:00', '00:00:00+15:59:59', '4713-01-01 00:00:00 BC', '4713-01-01 00:00:00+00 BC',
     '-178000000 years -11 months -2147483648 days -999999:59:59.999999'),
    (4, 'infinite', NULL, NULL, NULL, NULL, NULL, NULL, 'Infinity', NULL, 'Infinity', 'Infinity', NULL, NULL, NULL, NULL, NULL, NULL,
     'infinity', NULL, NULL, 'infinity', 'infinity', '1 month -30 days'),
    (5, 'minus infinite', NULL, NULL, NULL, NULL, NULL, NULL, '-Infinity', NULL, '-Infinity', '-Infinity', NULL, NULL, NULL, NULL, NULL, NULL,
     '-infinity', NULL, NULL, '-infinity', '-infinity', '-1 day +24:00:00'),
    (6, 'not a number', NULL, NULL, NULL, NULL, NULL, NULL, 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', NULL, NULL, NULL, NULL, NULL, '0044-03-15 BC', NULL, NULL, NULL, NULL, NULL),
    (7, 'zero', false, 0, 0, 0, 0, '0', 0.00, 0, '-0', '-0', '', '', '', '', '', '', '2000-01-01', '00:00', '00:00+00', '2000-01-01', '2000-01-01 00:00+00', '0'),
    (8, 'signs', true, -1, -1, -1, 1, '1', -0.00001, -1, -1, -1, E'tab\t newline\n return\r backslash\\ quote'' "double" \\N \\.', '%s {} $1', 'a', '\', '"', '\x5c2e0a',
     '1999-12-31', '23:59:59.999999', '23:59:59.999999-05:30:15', '1999-12-31 23:59:59.999999', '1999-12-31 23:59:59.999999+00', '00:00:00.000001'),
    (9, 'nothing', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

UPDATE shop.specimens SET
    a_uuid = '00112233-4455-6677-8899-aabbccddeeff', a_json = '{"b": 1, "a":  [1.0, 1e400, null], "b": 2}', a_jsonb = '{"n": 12345678901234567890.10, "😀": [[], {}]}',
    a_jsonpath = 'strict $.a[*] ? (@.b > 1)', an_inet = '2001:db8::1/64', a_cidr = '10.1.0.0/16', a_macaddr = '08:00:2b:01:02:03', a_macaddr8 = '08:00:2b:ff:fe:01:02:03',
    a_bit = B'101010101', a_varbit = B'10110', a_point = '(1,-0)', a_line = '{1,-1,0.5}', an_lseg = '[(0,0),(1,1)]', a_box = '(2,2),(1,1)', a_path = '[(0,0),(1,2),(3,0)]',
    a_polygon = '((0,0),(1,2),(3,0))', a_circle = '<(1,2),3>', a_tsvector = $$'fat':2A,4B 'cat':3 'it''s'$$, a_tsquery = '!fat & (cat:*B <2> rat)',
    an_int4range = '[1,5]', a_numrange = '(1.5,)', a_tstzrange = '["2024-01-01 00:00+00",infinity)', a_daterange = 'empty', an_int4multirange = '{[1,3),[7,9)}',
    a_weight_range = '[-infinity,1.5]', a_weight_multirange = '{(1,2),[3,4]}', a_status = 'in transit', a_postcode = 'SW1A 1AA',
    an_address = ROW(E'Quote " (comma, paren) \\', NULL, '01234', 'DE')::shop.address, a_tag_list = '{a,NULL,"NULL",""}',
    an_int4_array = '[-1:1]={1,NULL,3}', a_text_array = '{{"a b",NULL},{"","{"}}', a_numeric_array = '{NaN,Infinity,-Infinity,0.00,1e50}', a_status_array = '{new,NULL,paid}',
    a_postcode_array = '{12345,NULL}', an_address_array = ARRAY[ROW('a', 'b', NULL, NULL)::shop.address, NULL], a_range_array = '{"[1,2)",empty,NULL,"(,)"}',
    an_inet_array = '{10.0.0.1,NULL,2001:db8::/32}'
WHERE id = 1;

UPDATE shop.specimens SET
    a_uuid = '00000000-0000-0000-0000-000000000000', a_json = 'null', a_jsonb = 'null', an_inet = '0.0.0.0/0', a_cidr = '::/0', a_macaddr = '00:00:00:00:00:00',
    a_bit = B'000000000', a_varbit = '', a_tsvector = '', an_int4range = '(,)', a_numrange = 'empty', a_tstzrange = '(,)', an_int4multirange = '{}',
    a_weight_multirange = '{}', an_address = ROW(NULL, NULL, NULL, NULL)::shop.address, a_tag_list = '{}', an_int4_array = '{}', a_text_array = '{}', a_numeric_array = '{NULL}',
    a_status_array = '{}', an_address_array = '{}', a_range_array = '{}', an_inet_array = '{}'
WHERE id = 7;

-- ---------------------------------------------------------------------------------------------------- keys and code

SELECT setval('shop.order_numbers', 1050000), setval('shop.invoice_numbers', 20315001, false),
       setval(pg_get_serial_sequence('shop.customers', 'id'), 60000), setval(pg_get_serial_sequence('shop.employees', 'id'), 150);

ALTER TABLE shop.customers
    ADD CONSTRAINT customers_email_key UNIQUE (email),
    ADD CONSTRAINT customers_public_id_key UNIQUE (public_id),
    ADD CONSTRAINT customers_referred_by_fkey FOREIGN KEY (referred_by) REFERENCES shop.customers (id);
ALTER TABLE shop.employees ADD FOREIGN KEY (manager_id) REFERENCES shop.employees (id);
ALTER TABLE shop.categories ADD FOREIGN KEY (parent_id) REFERENCES shop.categories (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE shop.loyalty_cards ADD FOREIGN KEY (customer_id) REFERENCES shop.customers (id) ON DELETE CASCADE;
ALTER TABLE shop.loyalty_movements ADD FOREIGN KEY (scheme, card_no) REFERENCES shop.loyalty_cards (scheme, card_no) ON UPDATE CASCADE;
ALTER TABLE shop.products
    ADD FOREIGN KEY (supplier_id) REFERENCES shop.suppliers (id),
    ADD FOREIGN KEY (category_id) REFERENCES shop.categories (id);
ALTER TABLE shop.product_images ADD FOREIGN KEY (product_id) REFERENCES shop.products (id);
ALTER TABLE shop.stock
    ADD FOREIGN KEY (product_id) REFERENCES shop.products (id),
    ADD FOREIGN KEY (warehouse_id) REFERENCES shop.warehouses (id);
ALTER TABLE shop.orders
    ADD FOREIGN KEY (customer_id) REFERENCES shop.customers (id),
    ADD FOREIGN KEY (ship_country) REFERENCES shop.countries (code);
ALTER TABLE shop.order_items
    ADD PRIMARY KEY (order_id, line_no),
    ADD FOREIGN KEY (order_id, placed_on) REFERENCES shop.orders (id, placed_on),
    ADD FOREIGN KEY (product_id) REFERENCES shop.products (id);
ALTER TABLE shop.payments ADD FOREIGN KEY (order_id, placed_on) REFERENCES shop.orders (id, placed_on);
-- References a key that is not the primary one.
ALTER TABLE shop.sessions ADD FOREIGN KEY (customer_public_id) REFERENCES shop.customers (public_id);
ALTER TABLE shop.page_views ADD FOREIGN KEY (session_id) REFERENCES shop.sessions (id);
ALTER TABLE shop.reviews
    ADD FOREIGN KEY (product_id) REFERENCES shop.products (id),
    ADD FOREIGN KEY (customer_id) REFERENCES shop.customers (id) ON DELETE SET NULL;
ALTER TABLE shop.support_tickets
    ADD FOREIGN KEY (customer_id) REFERENCES shop.customers (id),
    ADD FOREIGN KEY (handled_by) REFERENCES shop.employees (id);
ALTER TABLE shop.price_changes ADD FOREIGN KEY (product_id) REFERENCES shop.products (id);

CREATE INDEX orders_customer_id_idx ON shop.orders (customer_id);
CREATE INDEX customers_city_idx ON shop.customers (city) INCLUDE (postcode) WHERE is_subscribed;
CREATE INDEX employees_lower_name_idx ON shop.employees (lower(full_name));
CREATE INDEX products_search_idx ON shop.products USING gin (search);

-- A load that fired this would move every updated_at to today.
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER customers_touch BEFORE INSERT OR UPDATE ON shop.customers FOR EACH ROW EXECUTE FUNCTION shop.touch();

CREATE VIEW shop.open_orders AS
SELECT o.id, o.placed_on, o.status, (o.total).amount AS amount, c.email
FROM shop.orders AS o JOIN shop.customers AS c ON c.id = o.customer_id
WHERE o.status IN ('new', 'paid', 'packed');

CREATE VIEW shop.employee_directory WITH (security_barrier) AS SELECT full_name, email, phone FROM shop.employees;

CREATE MATERIALIZED VIEW shop.monthly_sales AS
SELECT date_trunc('month', placed_on::timestamp)::date AS month, channel, count(*) AS orders, sum((total).amount) AS amount
FROM shop.orders GROUP BY 1, 2;

COMMENT ON TABLE shop.customers IS 'One row a customer; invented.';
COMMENT ON COLUMN shop.customers.national_id IS 'Ten digits, leading zeros count.';
COMMENT ON COLUMN shop.orders.ship_to IS 'Where the parcel goes; NULL means the customer''s own address.';
COMMENT ON TABLE shop."GiftCards" IS E'Names that need quotes: "Größe" is the amount,\nodd as it is.';
COMMENT ON TYPE shop.address IS 'A postal address.';

DROP TABLE people, words;
DROP FUNCTION pg_temp.mix, pg_temp.luhn_pair, pg_temp.with_luhn, pg_temp.iban_check;

-- A small sample is enough for the row estimates of a plan, and a full one would take a third of the script's time.
SET default_statistics_target = 10;
ANALYZE;
RESET default_statistics_target;
RESET jit;
