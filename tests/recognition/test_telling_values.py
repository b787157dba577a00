"""Columns whose names say nothing and whose values do; and names in other languages over tables without rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from proposing import LEFT

if TYPE_CHECKING:
    from collections.abc import Callable

    from proposing import Proposed

pytestmark = pytest.mark.db

NAMELESS = """
CREATE TABLE t1 (c1 int PRIMARY KEY, c2 text, c3 text, c4 text, c5 text, c6 text, c7 text, c8 text, c9 text, c10 text,
                 c11 text, c12 text, c13 bigint, c14 text, c15 jsonb, c16 date, c17 text, c18 text, c19 text, c20 text,
                 c21 text, c22 text, c23 bigint, c24 text[], c25 varchar(30), c26 text);
INSERT INTO t1 SELECT n,
    'user' || n || '@mail' || n % 7 || '.test',
    (ARRAY['Anna','Peter','Maria','Hans','Sophie','Lukas','Julia','Thomas','Laura','Michael','Sarah'])[1 + n % 11]
        || ' ' || (ARRAY['Schmidt','Meyer','Weber','Smith','Johnson','Garcia','Rossi'])[1 + n % 7],
    '+49 30 ' || lpad((n * 7919 % 10000000)::text, 7, '0'),
    '10.' || n % 200 || '.' || n % 250 || '.' || 1 + n % 250,
    'https://site' || n || '.test/path?x=' || n,
    n % 6 + 1 || ' ' || (ARRAY['Main Street','Oak Avenue','Station Road','High Street','Church Lane'])[1 + n % 5],
    (ARRAY['Berlin','Hamburg','Paris','London','Madrid','Rome','Vienna','Warsaw','Prague','Munich'])[1 + n % 10],
    '$2b$12$' || md5(n::text),
    md5('uuid' || n)::uuid::text,
    (ARRAY['open','closed','pending'])[1 + n % 3],
    'Customer called about order ' || n || ', wants an answer to person' || n || '@mail.test',
    n * 1000,
    upper(substr(md5(n::text), 1, 8)),
    jsonb_build_object('a', 'user' || n || '@x.test', 'b', n, 'c', jsonb_build_array(
        jsonb_build_object('d', '+4915' || lpad(n::text, 9, '0')))),
    date '1940-01-01' + n * 37 % 25000,
    (ARRAY['Anna','Peter','Maria','Hans','Sophie','Lukas','Julia','Thomas','Laura','Michael','Sarah'])[1 + n % 11],
    (ARRAY['Schmidt','Meyer','Weber','Smith','Johnson','Garcia','Rossi','Martin','Bernard','Jones'])[1 + n % 10],
    (ARRAY['m','f'])[1 + n % 2],
    'Red lamp number ' || n,
    md5('x' || n),
    CASE WHEN n % 50 = 0 THEN 'wrote to Maria Garcia about it' ELSE 'sent parcel ' || n || ' off today' END,
    CASE WHEN n % 3 > 0 THEN 4111111111111111 ELSE 5500000000000004 END + 0 * n,
    ARRAY['user' || n || '@mail.test', NULL],
    '02:00:5e:00:' || to_char(n / 100 % 100, 'FM00') || ':' || to_char(n % 100, 'FM00'),
    repeat('word ', 300) || 'user' || n || '@mail.test'
FROM generate_series(1, 1500) AS n;
ANALYZE;
"""


def test_columns_without_names_are_told_by_their_values(propose: Callable[..., Proposed]) -> None:
    proposed = propose(NAMELESS)

    assert proposed.masks("public.t1", *(f"c{number}" for number in range(1, 27))) == {
        "c1": LEFT, "c2": "email", "c3": "person-name", "c4": "phone", "c5": "ip", "c6": "url", "c7": "street",
        "c8": "city", "c9": "null", "c10": "hash", "c11": "keep", "c12": "text", "c13": LEFT, "c14": LEFT,
        "c15": "json", "c16": LEFT, "c17": "person-name", "c18": "person-name", "c19": LEFT, "c20": LEFT,
        "c21": "token", "c22": LEFT, "c23": "key", "c24": "email", "c25": "mac",
        # What is told stands behind the characters that are read: nothing is said of it, and so it is not kept.
        "c26": LEFT,
    }  # fmt: skip
    assert proposed.rule("public.t1.c17") == {"mask": "person-name", "part": "first"}
    assert proposed.rule("public.t1.c18") == {"mask": "person-name", "part": "last"}
    assert proposed.rule("public.t1.c15") == {
        "mask": "json",
        "otherwise": "null",
        "paths": {"$.a": "email", "$.c[*].d": "phone"},
    }
    assert "dates of birth" in proposed.section("public.t1")


LANGUAGES = {
    "de": (
        """CREATE TABLE "Kunden" ("KundenNr" int PRIMARY KEY, "Vorname" text, "Nachname" text, "Straße" text,
                  "PLZ" text, "Ort" text, "TelefonNr" text, "GeburtsDatum" date, "E-Mail" text, "Bemerkung" text,
                  "Passwort" text, "SteuerID" text, "Kontonummer" text, "AngelegtAm" timestamptz)""",
        "public.Kunden",
        {
            "KundenNr": "key", "Vorname": "person-name", "Nachname": "person-name", "Straße": "street",
            "PLZ": "postcode", "Ort": "city", "TelefonNr": "phone", "GeburtsDatum": "shift-date", "E-Mail": "email",
            "Bemerkung": "text", "Passwort": "null", "SteuerID": "fpe", "Kontonummer": "fpe", "AngelegtAm": "keep",
        },
    ),
    "fr": (
        """CREATE TABLE utilisateurs (id serial PRIMARY KEY, prénom text, nom text, date_naissance date, adresse text,
                  code_postal text, ville text, téléphone text, courriel text, mot_de_passe text, numéro_sécu text,
                  remarque text, créé_le timestamp)""",
        "public.utilisateurs",
        {
            "id": "keep", "prénom": "person-name", "nom": "person-name", "date_naissance": "shift-date",
            "adresse": "street", "code_postal": "postcode", "ville": "city", "téléphone": "phone",
            "courriel": "email", "mot_de_passe": "null", "remarque": "text", "créé_le": "keep",
        },
    ),
    "es": (
        """CREATE TABLE clientes (id serial PRIMARY KEY, nombre text, apellidos text, fecha_de_nacimiento date,
                  dirección text, código_postal text, ciudad text, teléfono_móvil text, correo_electrónico text,
                  contraseña text, dni text, observaciones text, creado_en timestamp)""",
        "public.clientes",
        {
            "id": "keep", "nombre": "person-name", "apellidos": "person-name", "fecha_de_nacimiento": "shift-date",
            "dirección": "street", "código_postal": "postcode", "ciudad": "city", "teléfono_móvil": "phone",
            "correo_electrónico": "email", "contraseña": "null", "dni": "fpe", "observaciones": "text",
            "creado_en": "keep",
        },
    ),
    "en": (
        """CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "firstName" text, "lastName" text,
                  "eMailAddress" text UNIQUE, dob date, "phoneNo" varchar(20), "addrLine1" text, "zipCode" varchar(12),
                  "SSN" char(11), "isVerified" boolean, user_name varchar(40) UNIQUE, last_ip inet, cc_num varchar(19),
                  "createdAt" timestamptz, phone_type text, salary int, gender text)""",
        "public.users",
        {
            "id": "keep", "firstName": "person-name", "lastName": "person-name", "eMailAddress": "email",
            "dob": "shift-date", "phoneNo": "phone", "addrLine1": "street", "zipCode": "postcode", "SSN": "fpe",
            "isVerified": "keep", "user_name": "username", "last_ip": "ip", "cc_num": "card", "createdAt": "keep",
            "phone_type": LEFT, "salary": LEFT, "gender": LEFT,
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_a_language_are_told_in_a_table_without_rows(propose: Callable[..., Proposed], language: str) -> None:
    definition, table, expected = LANGUAGES[language]

    proposed = propose(definition)

    assert proposed.masks(table, *expected) == expected


def test_comments_and_domains_are_names_too(propose: Callable[..., Proposed]) -> None:
    proposed = propose(
        """CREATE DOMAIN email_address AS text;
           CREATE TABLE t (a email_address, b text, c text);
           COMMENT ON COLUMN t.b IS 'Mobile phone';
           COMMENT ON COLUMN t.c IS 'Set by the nightly job once the e-mail address was confirmed, see ticket'"""
    )

    assert proposed.masks("public.t", "a", "b", "c") == {"a": "email", "b": "phone", "c": LEFT}


def test_few_values_are_kept_only_where_they_look_like_codes(propose: Callable[..., Proposed]) -> None:
    proposed = propose(
        """CREATE TABLE things (status text, colour text, given text, town text, sparse text, long text,
                                listed text CHECK (listed IN ('aa', 'bb')));
           CREATE TABLE patients (status text, unclear text);
           CREATE TABLE prescriptions (patient_id int, status text, drug text);
           INSERT INTO things SELECT (ARRAY['new','old'])[1 + n % 2], (ARRAY['red','green'])[1 + n % 2],
               (ARRAY['Anna','Maria','Peter'])[1 + n % 3], (ARRAY['Berlin','Paris'])[1 + n % 2],
               CASE WHEN n < 4 THEN 'code' || n END, (ARRAY['one long story, told twice','b'])[1 + n % 2],
               CASE WHEN n < 4 THEN 'aa' END
             FROM generate_series(1, 400) AS n;
           INSERT INTO prescriptions SELECT n, (ARRAY['new','old'])[1 + n % 2], (ARRAY['p','q'])[1 + n % 2]
             FROM generate_series(1, 400) AS n;
           INSERT INTO patients SELECT (ARRAY['new','old'])[1 + n % 2], (ARRAY['p','q'])[1 + n % 2]
             FROM generate_series(1, 400) AS n"""
    )

    assert proposed.masks("public.things", "status", "colour", "sparse", "long", "listed") == {
        "status": "keep", "colour": "keep", "sparse": LEFT, "long": LEFT, "listed": "keep",
    }  # fmt: skip
    assert proposed.mask("public.things.given") != "keep"
    assert proposed.mask("public.things.town") != "keep"
    assert proposed.masks("public.patients", "status", "unclear") == {"status": "keep", "unclear": LEFT}
    assert proposed.masks("public.prescriptions", "status", "drug") == {"status": "keep", "drug": LEFT}
    assert "reason" in proposed.rule("public.things.status")


def test_statistics_overrule_a_sample_that_saw_too_little(propose: Callable[..., Proposed]) -> None:
    """A column that is sorted as its rows lie looks like one of few values on the pages that are read."""
    proposed = propose(
        """CREATE TABLE logs (batch text, pad text);
           INSERT INTO logs SELECT 'batch-' || n / 5000, repeat('x', 200) FROM generate_series(1, 300000) AS n;
           ANALYZE logs""",
        sample_rows=40,
    )

    assert proposed.mask("public.logs.batch") == LEFT
