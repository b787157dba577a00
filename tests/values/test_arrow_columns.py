"""Arrow's columns come in as Python's values; what Python has no object for is refused by the column's name."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from pgsluice.errors import UsageError
from pgsluice.sources.arrow import columns_of

REFUSED = {
    "nanoseconds": pa.array([1_000_000_731], pa.timestamp("ns")),
    "nanoseconds of a span": pa.array([731], pa.duration("ns")),
    "nanoseconds in a list": pa.array([[1_000_000_731]], pa.list_(pa.timestamp("ns"))),
    "a year of seven digits": pa.array([2**62], pa.timestamp("us")),
    "a day of no year": pa.array([731_000_000], pa.date32()),
    "a zone of nowhere": pa.array([731], pa.timestamp("us", "Nowhere/Land")),
    "bytes that are no characters": pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(bytes([0, 0, 0, 0, 2, 0, 0, 0])), pa.py_buffer(b"\xff\xfe")]
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_python_has_no_object_for_is_refused_without_the_value(case: str) -> None:
    """Of these only the first two were: the others left as errors of pyarrow, one of them with the value in its text.

    Where pandas is installed a list gives its times, which the encoder refuses.
    """
    given = pa.table({"at": REFUSED[case]})

    with pytest.raises(UsageError, match='column "at"') as caught:
        list(columns_of(given))

    assert "731" not in str(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_two_columns_of_one_name_are_refused() -> None:
    given = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["n", "n"])

    with pytest.raises(UsageError, match='columns of one name: "n"'):
        list(columns_of(given))


def test_whole_microseconds_are_taken() -> None:
    given = pa.table({"at": pa.array([1_000_000_000, None], pa.timestamp("ns")), "word": ["a", "b"]})

    assert list(columns_of(given)) == [{"at": [dt.datetime(1970, 1, 1, 0, 0, 1), None], "word": ["a", "b"]}]  # noqa: DTZ001
