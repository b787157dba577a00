"""What a type cannot hold exactly is refused before it is sent, and no reason shows a value."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal

import pytest

from pgsluice._core import RowEncoder

CANARY = "canary-7319"


def base(name: str, **more: object) -> dict[str, object]:
    return {"oid": 1, "schema": "pg_catalog", "name": name, "kind": "base", **more}


def encoder(*types: dict[str, object], is_not_null: bool = False) -> RowEncoder:
    specs = [
        {"name": f"c{ordinal}", "form": "binary", "is_not_null": is_not_null, "type": found}
        for ordinal, found in enumerate(types)
    ]
    return RowEncoder(json.dumps(specs))


AWARE = dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC)
NAIVE = AWARE.replace(tzinfo=None)

REFUSED: list[tuple[dict[str, object], object]] = [
    (base("bool"), 1),
    (base("bool"), CANARY),
    (base("int2"), 32768),
    (base("int4"), -(2**31) - 1),
    (base("int8"), 2**63),
    (base("int8"), 10**5000),
    (base("int4"), True),
    (base("int4"), 1.0),
    (base("int4"), Decimal("1.5")),
    (base("int8"), Decimal("1E+19")),
    (base("int8"), Decimal("NaN")),
    (base("int4"), CANARY),
    (base("float8"), 2**53 + 1),
    (base("float4"), 2**24 + 1),
    (base("float4"), 1e39),
    (base("float4"), 1e-60),
    (base("float8"), True),
    (base("numeric"), True),
    (base("numeric"), CANARY),
    (base("numeric", numeric_precision=4, numeric_scale=2), Decimal("1.234")),
    (base("numeric", numeric_precision=4, numeric_scale=2), 100),
    (base("numeric", numeric_precision=4, numeric_scale=2), Decimal("Infinity")),
    (base("numeric", numeric_precision=3, numeric_scale=-2), 12340),
    (base("text"), f"{CANARY}\0"),
    (base("text"), "\ud800"),
    (base("text"), 7),
    (base("text"), b"bytes"),
    (base("varchar", chars_max=3), "abcd"),
    (base("varchar", chars_max=3), "abc "),
    (base("bpchar", chars_max=3), "abc "),
    (base("name"), "n" * 64),
    (base("bytea"), 7),
    (base("uuid"), CANARY),
    (base("uuid"), b"short"),
    (base("date"), NAIVE),
    (base("date"), CANARY),
    (base("time"), dt.time(1, tzinfo=dt.UTC)),
    (base("timestamp"), AWARE),
    (base("timestamp"), "2024-01-02 03:04Z"),
    (base("timestamp"), "2024-01-02T03:04+00"),
    (base("timestamptz"), NAIVE),
    (base("timestamptz"), dt.date(2024, 1, 2)),
    (base("timestamptz"), "2024-01-02 03:04"),
    (base("timestamptz"), "2024-01-02"),
    (base("inet"), CANARY),
    (base("cidr"), "10.0.0.1/8"),
    (base("macaddr"), CANARY),
    (base("json"), CANARY),
    (base("json"), {"a": {1, 2}}),
    (base("json"), float("nan")),
    (base("json"), {"a": float("nan")}),
    (base("jsonb"), {"a": "\0"}),
    (base("jsonb"), uuid.uuid4()),
    (base("interval"), 7),
    (base("interval"), CANARY),
    (base("interval"), "infinity"),
    (base("timetz"), dt.time(1)),
    (base("timetz"), "01:02"),
    (base("timetz"), dt.time(1, tzinfo=dt.timezone(dt.timedelta(seconds=1, microseconds=5)))),
    (base("timetz"), "04:05.5+01"),
    (base("time"), "04:05.5"),
    (base("timestamp"), "2024-01-023:04"),
    (base("xid"), "010"),
    (base("oid"), -1),
    (base("oid"), 2**32),
    (base("xid8"), 2**64),
    (base("pg_lsn"), CANARY),
    (base("char"), "ab"),
    (base("char"), "é"),
    (base("bit", chars_max=3), "10"),
    (base("varbit", chars_max=3), "1010"),
    (base("bit"), CANARY),
    (base("point"), (1, 2, 3)),
    (base("point"), CANARY),
    (base("point"), "(1,2"),
    (base("lseg"), (1, 2, 3, 4)),
    (base("lseg"), ((1, 2, 3), (4,))),
    (base("polygon"), "[(1,2),(3,4)]"),
    (base("point"), ((1, 2), (3, 4))),
    (base("path"), []),
    (base("polygon"), ((1, 2), 3)),
    (base("circle"), ((1, 2), CANARY)),
    (base("jsonpath"), "$\0"),
    (base("hstore"), {"a": 1}),
    (base("hstore"), {1: "a"}),
    (base("hstore"), CANARY),
    (base("ltree"), 7),
    (base("vector"), []),
    (base("vector"), [CANARY]),
    (base("vector"), [float("nan")]),
    (base("vector"), [0.0] * 16_001),
    (base("halfvec"), [65_520]),
    (base("geometry"), CANARY),
    (base("geometry"), b"POINT(1 2)"),
    ({"oid": 1, "schema": "public", "name": "mood", "kind": "enum", "labels": ["ok"]}, CANARY),
    ({"oid": 1, "schema": "pg_catalog", "name": "_int4", "kind": "array", "element": base("int4")}, [[1], [2, 3]]),
    ({"oid": 1, "schema": "pg_catalog", "name": "_int4", "kind": "array", "element": base("int4")}, [[1], 2]),
    ({"oid": 1, "schema": "pg_catalog", "name": "_int4", "kind": "array", "element": base("int4")}, [1, [2]]),
    ({"oid": 1, "schema": "pg_catalog", "name": "_int4", "kind": "array", "element": base("int4")}, [[], [1]]),
    ({"oid": 1, "schema": "pg_catalog", "name": "_int4", "kind": "array", "element": base("int4")}, [[[[[[[1]]]]]]]),
    ({"oid": 1, "schema": "pg_catalog", "name": "_int4", "kind": "array", "element": base("int4")}, [CANARY]),
    ({"oid": 1, "schema": "pg_catalog", "name": "_int4", "kind": "array", "element": base("int4")}, CANARY),
    ({"oid": 1, "schema": "pg_catalog", "name": "int4range", "kind": "range", "subtype": base("int4")}, (1, CANARY)),
    ({"oid": 1, "schema": "pg_catalog", "name": "int4range", "kind": "range", "subtype": base("int4")}, (1, 2, 3)),
    ({"oid": 1, "schema": "pg_catalog", "name": "int4range", "kind": "range", "subtype": base("int4")}, CANARY),
    ({"oid": 1, "schema": "pg_catalog", "name": "int4range", "kind": "range", "subtype": base("int4")}, "[1,2"),
    (
        {"oid": 1, "schema": "s", "name": "pair", "kind": "composite", "fields": [{"name": "a", "type": base("int4")}]},
        {"b": 1},
    ),
    (
        {"oid": 1, "schema": "s", "name": "pair", "kind": "composite", "fields": [{"name": "a", "type": base("int4")}]},
        (1, 2),
    ),
]


@pytest.mark.parametrize(
    ("found", "value"), REFUSED, ids=[f"{found['name']}-{n}" for n, (found, _) in enumerate(REFUSED)]
)
def test_values_that_do_not_fit_are_faults_without_the_value(found: dict[str, object], value: object) -> None:
    rows, faults = encoder(found).encode_tuples([(value,), (None,)], 40)

    ((position, column, reason),) = faults
    assert (position, column) == (40, "c0")
    assert reason.startswith("expected ")
    assert CANARY not in reason
    assert rows.positions == [41]


def test_null_in_a_not_null_column_is_a_fault() -> None:
    rows, faults = encoder(base("int4"), base("text"), is_not_null=True).encode_tuples([(1, "a"), (2, None)], 0)

    assert [(position, column) for position, column, _ in faults] == [(1, "c1")]
    assert rows.positions == [0]


def test_rows_of_another_shape_are_faults() -> None:
    given = [(1,), (1, 2, 3), "ab", {1, 2}, {"c0": 1, "c1": 2}, [1, 2], (1, 2)]

    rows, faults = encoder(base("int4"), base("int4")).encode_tuples(given, 0)

    assert [fault[:2] for fault in faults] == [(0, None), (1, None), (2, None), (3, None), (4, None)]
    assert rows.positions == [5, 6]


def test_dicts_need_each_name_and_no_other() -> None:
    given = [{"c0": 1, "c1": 2}, {"c0": 1}, {"c0": 1, "c1": 2, CANARY: 3}, {"c1": 2, "c0": None}, (1, 2)]

    rows, faults = encoder(base("int4"), base("int4")).encode_dicts(given, 0)

    assert [fault[:2] for fault in faults] == [(1, "c1"), (2, None), (4, None)]
    assert rows.positions == [0, 3]
    assert CANARY not in str(faults)


def test_columns_and_tuples_make_the_same_bytes() -> None:
    made = encoder(base("int4"), base("text"))

    by_columns, _ = made.encode_columns([[1, 2, None], ("a", None, "c")], 5)
    by_tuples, _ = made.encode_tuples(iter([(1, "a"), [2, None], (None, "c")]), 5)

    assert by_tuples.piece(0) == by_columns.piece(0)
    assert by_columns.positions == [5, 6, 7]
    with pytest.raises(ValueError, match="one length"):
        made.encode_columns([[1], []], 0)
    with pytest.raises(ValueError, match="expected 2 columns"):
        made.encode_columns([[1]], 0)


def test_types_without_a_binary_form_need_the_text_form() -> None:
    with pytest.raises(ValueError, match=r'column "c0".*"tsvector"'):
        encoder(base("tsvector"))


def test_repr_shows_counts_only() -> None:
    rows, _ = encoder(base("text")).encode_tuples([(CANARY,)], 0)

    assert repr(rows) == f"Rows(rows=1, size_bytes={2 + 4 + len(CANARY)})"
