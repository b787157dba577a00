"""Takes COPY streams apart, masks their tuples and holds the run's key; made from crates/pgsluice-python.

It knows no connection, file or clock. What it raises names columns, ordinals and offsets; never a value.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, final

from typing_extensions import Buffer

__all__ = [
    "HEADER",
    "TRAILER",
    "Batch",
    "Differences",
    "Fingerprint",
    "Key",
    "Layout",
    "MaskSpec",
    "Originals",
    "Parameter",
    "Program",
    "RawBatch",
    "Refused",
    "RowEncoder",
    "RowFault",
    "RowKey",
    "Rows",
    "Splitter",
    "StreamFault",
    "mask_specs",
    "text_only_type",
    "type_names",
    "value_rules",
    "write_tuples",
]

HEADER: Final[bytes]
"""What a binary COPY stream of ours begins with: 19 bytes.

| offset | bytes | meaning                              |
|--------|-------|--------------------------------------|
| 0      | 11    | signature `PGCOPY\\n\\xff\\r\\n\\0`       |
| 11     | 4     | flags, 0                             |
| 15     | 4     | length of the header extension, 0    |

SOURCE: PostgreSQL 18, `src/backend/commands/copyfromparse.c`, `ReceiveCopyBinaryHeader`.
"""

TRAILER: Final[bytes]
"""What a binary COPY stream ends with: a tuple of -1 fields, `ff ff`.

A server takes a stream without it for complete; `Splitter.finish` does not.
SOURCE: PostgreSQL 18, `src/backend/commands/copyto.c`, `CopyToBinaryEnd`.
"""

class Refused(Exception):  # noqa: N818 - the extension names it
    """A program that cannot be compiled; `args[0]` lists `(column, code, message, hint)`.

    Every reason of every column is in the list; `column` is empty where the table as a whole is meant.
    """

    args: tuple[list[tuple[str, str, str, str]]]

class StreamFault(Exception):  # noqa: N818 - the extension names it
    """Bytes that are no binary COPY stream of the expected columns.

    The text says what was expected and found, the row's number in the stream and the offset in bytes.
    """

class RowFault(Exception):  # noqa: N818 - the extension names it
    """A row that cannot be transformed; `args` is `(row, column, reason)`.

    `row` counts from 0 in its batch, `column` is None where no single one is to blame.
    """

    args: tuple[int, str | None, str]

@final
class Key:
    """The run's 256-bit key, wiped from memory when the last reference goes.

    Python cannot read it back; `repr` shows its id. Safe for any thread.
    ERRORS: ValueError for other lengths than 32 bytes, and for fewer than 16 different bytes, which a random
    key has in less than one case out of 10^9.

        >>> from pgsluice._core import Key
        >>> len(Key(bytes(range(32))).id)
        16
    """

    def __new__(cls, key: bytes) -> Key: ...
    @property
    def id(self) -> str:
        """Name the key without giving it away: 16 hexadecimal digits of a subkey of its own."""

    def seed(self, name: str) -> bytes:
        """Derive 32 bytes to seed word lists with: HKDF-SHA-256, info `pgsluice/1/seed/NAME`."""

    def mac(self, purpose: str, data: bytes) -> bytes:
        """Compute the HMAC-SHA-256 of `data` under the subkey of `purpose`: 32 bytes."""

@final
class RowKey:
    """The key fields of one row, where a table's copy goes on from.

    SHAPE: one tuple of the fields in the order of the source's key. A primary key may be personal data, so
    `repr` shows nothing. Safe for any thread.

    WIRE FORMAT of the tuple, big-endian:

    | offset | bytes | meaning                           |
    |--------|-------|-----------------------------------|
    | 0      | 2     | number of fields                  |
    | then, for each field:                              |
    | +0     | 4     | length in bytes, -1 for NULL      |
    | +4     | n     | the field in its type's send format |

    SOURCE: PostgreSQL 18, `src/backend/commands/copyto.c`, `CopyToBinaryOneRow`.
    """

    def __new__(cls, fields: Sequence[bytes | None]) -> RowKey:
        """Take fields in their types' send format, None for NULL. ERRORS: ValueError for more than 32,767."""

    def fields(self) -> list[bytes | None]:
        """Give the fields in their types' send format, None for NULL."""

    def seal(self, key: Key, associated: bytes) -> bytes:
        """Encrypt the row's key so that only the holder of `key` reads or changes it.

        `associated` is not stored; without the same bytes the seal does not open.
        Equal content gives equal seals.

        | offset | bytes | meaning                                            |
        |--------|-------|----------------------------------------------------|
        | 0      | 1     | version, 1                                         |
        | 1      | 24    | nonce: keyed hash of associated data and plaintext |
        | 25     | n+16  | XChaCha20-Poly1305 ciphertext and tag              |
        """

    @staticmethod
    def unseal(key: Key, associated: bytes, sealed: bytes) -> RowKey | None:
        """Open what `seal` made; None if a byte of it, the associated data or the key differs."""

@final
class Program:
    """A compiled table: what happens to each field of a row. Immutable: any threads may run it at once."""

    def __new__(
        cls, request: str, key: Key | None, functions: dict[str, Callable[[list[str]], list[str | None]]]
    ) -> Program:
        """Compile a table.

        SHAPE: `request` is JSON as `pgsluice.plan.tables` makes it: `table`, `format` ("binary" or "text"),
        `columns` (name, type, is_nullable, is_unique, rule) in the order of the source's fields, `key`
        (ordinals), `words` (lists by name). `functions` has one for each column whose rule is "python".
        NULL: a function is given no NULLs; None in its answer makes the field NULL.
        ERRORS: Refused with every reason at once; ValueError for a request of another form or a missing
        function.
        """

    @property
    def promises(self) -> list[tuple[bool, str, bool, bool, bool, bool]]:
        """What is promised of each field of the source row, in order.

        SHAPE: (deterministic, uniqueness, keeps_null, keeps_length, keeps_format, keeps_order);
        uniqueness is "bijective", "128-bit" or "lossy".
        """

    def last_key(self, raw: RawBatch) -> RowKey | None:
        """Give the key of the batch's last row; None where the batch has no row."""

    def run(self, raw: RawBatch) -> Batch:
        """Mask a batch.

        The GIL is released while it works and taken for Python functions only: once for each such column of
        the batch, with the whole column. NULL reaches no mask. Fields that no rule touches keep their bytes.
        ERRORS: RowFault for the first row that cannot be masked; `raw` is as it was, and nothing is given.
        """

@final
class Splitter:
    """Finds the tuples of one binary COPY stream, however it is cut into chunks.

    Dropped without `finish`, it hands out nothing. Not for two threads at once: the second gets RuntimeError.

        >>> from pgsluice._core import HEADER, TRAILER, Program, Splitter
        >>> program = Program('{"table": "t", "format": "binary", "columns": []}', None, {})
        >>> splitter = Splitter(program)
        >>> size_bytes = splitter.push(HEADER + TRAILER)
        >>> splitter.finish().rows
        0
    """

    def __new__(cls, program: Program) -> Splitter:
        """Start on a stream whose tuples have as many fields as the program's columns."""

    def push(self, chunk: Buffer) -> int:
        """Take the next chunk, of any length; give the bytes held so far.

        The chunk is copied once and may be reused.
        ERRORS: StreamFault for bytes that are no such stream, ValueError after `finish`; after either the
        splitter is of no more use.
        """

    def take(self) -> RawBatch:
        """Give the whole tuples since the last time and go on behind them.

        Who writes rows waits for `finish`: until then nobody knows that the stream is whole.
        ERRORS: ValueError after `finish`.
        """

    def finish(self) -> RawBatch:
        """End the stream and give its tuples, or those since `take`.

        ERRORS: StreamFault if the trailer has not come.
        """

    def discard(self) -> None:
        """Let go of what came so far, at once and whoever still holds the splitter; as after `finish`."""

    @property
    def rows(self) -> int:
        """Count the whole rows so far. ERRORS: ValueError after `finish`."""

@final
class RawBatch:
    """Unmasked tuples on their way to a program. Python cannot read them; they are wiped when the batch goes.

    Immutable and safe for any thread. `repr` shows counts.
    """

    @property
    def rows(self) -> int:
        """Count its rows."""

    @property
    def size_bytes(self) -> int:
        """Count the bytes of its tuples, without header and trailer."""

@final
class Batch:
    """Masked tuples, or lines of text COPY: what goes between header and trailer.

    Immutable and safe for any thread. `repr` shows counts.
    """

    @property
    def rows(self) -> int:
        """Count its rows."""

    @property
    def size_bytes(self) -> int:
        """Count its bytes, without header and trailer."""

    @property
    def piece_count(self) -> int:
        """Count the pieces that `piece` gives."""

    def piece(self, ordinal: int) -> bytes:
        """Give a piece of the stream, from 0: 256 KiB, the last one less; empty where there is none.

        Pieces keep the driver's write buffer small; measured flat from 64 KiB to 1 MiB.
        """

    def sealed_digest(self, key: Key) -> bytes:
        """Give 32 bytes that equal source rows have in common, in any order.

        The sum modulo 2^128 of a seeded hash of each source tuple and the count of rows, under HMAC-SHA-256:
        bare, the digest of one guessable row would give it away.
        """

@final
class Layout:
    """What is compared of a table's rows: which fields, in which form, and where originals are looked for.

    Immutable and safe for any thread.
    """

    def __new__(cls, request: str, key: Key) -> Layout:
        """Read a description.

        SHAPE: `request` is JSON: `columns` (ordinals of the field in the source's row, in the program's, in the
        target's; is_masked; form: "raw", "trimmed", "numeric", "decimal", "jsonb" or "text"; type), `key` (ordinals
        into columns of what tells rows apart; empty for the whole row), `hidden` (source, texts) and `searched`
        (found, texts, and expected: null or a pair of ordinal and texts); texts is "text", "elements", "json",
        "jsonb" or "uuid".
        ERRORS: ValueError for a request of another form.
        """

@final
class Originals:
    """The values that must not appear on a target, as keyed 64-bit hashes; nothing of them leaves the process.

    Safe for any thread.
    """

    def __new__(cls, key: Key, hashes_max: int) -> Originals:
        """Hold at most so many hashes at once; more are looked for in parts, a reading of both sides each."""

    def collect(self, layout: Layout, raw: RawBatch) -> None:
        """Add the values that a batch of source rows hides. The GIL is released."""

    def begin_part(self, number: int) -> None:
        """Go on to another part, from 0: `collect` adds its hashes alone, and they alone are found."""

    @property
    def parts(self) -> int:
        """Count the parts; right once every source row was collected in part 0."""

    @property
    def count(self) -> int:
        """Count the hashes of this part."""

@final
class Fingerprint:
    """Order-free sums over the rows of one side of a table: equal sides have equal sums.

    A column's sum is modulo 2^128 over keyed hashes of its values, so two different columns have equal sums by
    chance once in about 2^128. Sums never leave the process; what Python gets are counts. Safe for any thread.
    """

    def __new__(cls, layout: Layout) -> Fingerprint:
        """Begin the first side with no row."""

    def other_side(self) -> Fingerprint:
        """Begin the other side, after `fold`."""

    def add_expected(self, program: Program, raw: RawBatch) -> None:
        """Add a batch of source rows as the program masks them. The GIL is released. ERRORS: RowFault."""

    def add_found(self, raw: RawBatch, originals: Originals) -> None:
        """Add a batch of target rows, and look for originals in it. The GIL is released."""

    def search_expected(self, program: Program, raw: RawBatch, originals: Originals) -> None:
        """Look for originals in what the program makes of a batch of source rows. ERRORS: RowFault."""

    def search_found(self, raw: RawBatch, originals: Originals) -> None:
        """Look for originals in a batch of target rows; nothing is added."""

    def fold(self) -> None:
        """Say that every row of the first side was added."""

    @property
    def rows(self) -> int:
        """Count the rows."""

    @property
    def columns(self) -> list[tuple[int, int, int]]:
        """Count (nulls, originals, unchanged) of each column.

        NULL: `nulls` are those after masking. `originals` are values of masked columns on the source, `unchanged`
        those of them that are equal after masking; both are 0 on the target's side.
        """

    @property
    def hits(self) -> list[tuple[int, int]]:
        """Count (whole, inside) of each searched field: values that are an original, and parts of values."""

    def equal_columns(self, other: Fingerprint) -> list[bool]:
        """Tell for each column whether both sides hold the same values, in whatever rows."""

    def is_equal(self, other: Fingerprint) -> bool:
        """Tell whether both sides hold the same rows."""

@final
class Differences:
    """Counts how many rows differ between two fingerprints, in a second reading of both sides.

    Rows are held as keyed hashes, those alone that may differ, and no more than fit; where more differ, a share of
    them is counted. Safe for any thread.
    """

    def __new__(cls, expected: Fingerprint, found: Fingerprint, bytes_max: int) -> Differences:
        """Prepare for the rows of two fingerprints, with at most so many bytes of hashes a side."""

    def add_expected(self, program: Program, raw: RawBatch) -> None:
        """Add a batch of source rows as the program masks them. The GIL is released. ERRORS: RowFault."""

    def add_found(self, raw: RawBatch) -> None:
        """Add a batch of target rows. The GIL is released."""

    def count(self) -> tuple[int, int, int, list[int], float]:
        """Count (missing, extra, changed, changed in each column, share) when both sides were added.

        A row is the same on both sides if its key is; without a key a changed row is missing and extra.
        `share` is the part of what differs that was counted, from 0 to 1. What was added is gone then.
        """

    def different_in(self, program: Program, raw: RawBatch) -> int:
        """Count the rows of a source batch that `count` took for missing or changed. ERRORS: RowFault."""

@final
class RowEncoder:
    """Writes a caller's rows as tuples, each value exactly or not at all.

    NULL: None; a fault where the column is NOT NULL.
    ERRORS: none for a row: one that cannot be written is left out, and the faults say where and why. Each is
    (position, column, reason): the first of a row, by its place in the caller's input; column is None where no
    single one is to blame; a reason shows no value.
    Immutable and safe for any thread; it holds the GIL.

        >>> import json
        >>> from pgsluice._core import RowEncoder
        >>> int4 = {"oid": 23, "schema": "pg_catalog", "name": "int4", "kind": "base"}
        >>> encoder = RowEncoder(json.dumps([{"name": "id", "form": "binary", "is_not_null": True, "type": int4}]))
        >>> rows, faults = encoder.encode_tuples([(1,), (None,), (2**40,)], 0)
        >>> rows.rows, [(position, column) for position, column, _ in faults]
        (1, [(1, 'id'), (2, 'id')])
    """

    def __new__(cls, specs: str) -> RowEncoder:
        """Prepare for the columns of rows, in order.

        SHAPE: `specs` is JSON, a list of `name`, `form` ("binary": the send format; "text": what the type's input
        function reads), `is_not_null` and `type`: `oid`, `schema`, `name`, `kind` ("base", "enum", "domain",
        "array", "range", "multirange", "composite") and what the kind needs: `labels`, `base`, `element`,
        `subtype`, `fields` (name, type), `delimiter`, `chars_max`, `numeric_precision`, `numeric_scale`.
        `catalog.wire_types` makes types.
        ERRORS: ValueError for specs of another form, and for form "binary" where `text_only_type` names a type.
        """

    def encode_tuples(
        self, rows: Iterable[Sequence[object]], first_position: int
    ) -> tuple[Rows, list[tuple[int, str | None, str]]]:
        """Encode rows whose values stand in the order of the columns; the first is at `first_position`."""

    def encode_dicts(
        self, rows: Iterable[dict[str, object]], first_position: int
    ) -> tuple[Rows, list[tuple[int, str | None, str]]]:
        """Encode rows by the names of columns; a name that is missing or that no column has is a fault."""

    def encode_objects(
        self, rows: Iterable[object], first_position: int
    ) -> tuple[Rows, list[tuple[int, str | None, str]]]:
        """Encode objects whose attributes have the names of the columns, as dataclasses have."""

    def encode_columns(
        self, columns: Iterable[Iterable[object]], first_position: int
    ) -> tuple[Rows, list[tuple[int, str | None, str]]]:
        """Encode one sequence of values for each column, in their order. ERRORS: ValueError for other lengths."""

    def is_key_exact(self, ordinal: int) -> bool:
        """Tell whether values of a column that `Rows` tells apart are never equal on the server.

        False for citext, jsonb, arrays, composites and whatever goes in text form: there the server must look for
        duplicates. Under a nondeterministic collation no text is exact, which only the catalog knows.
        """

@final
class Rows:
    """Encoded rows, each with its place in the caller's input. Immutable; `repr` shows counts.

    Keys compare by value: 1.0 and 1.00 are one numeric, a char(n) has no blanks at its end. The order is the
    server's for whole numbers, dates and times; for other types it is some order, the same for every writer.
    """

    @property
    def rows(self) -> int:
        """Count the rows."""

    @property
    def size_bytes(self) -> int:
        """Count the bytes of the tuples."""

    @property
    def positions(self) -> list[int]:
        """The places of the rows in the caller's input, in the order of the rows."""

    def sorted_by(self, key_ordinals: Sequence[int]) -> Rows:
        """Give the rows in the order of these columns, NULL first; rows with one key as they came. No GIL."""

    def deduplicated(self, key_ordinals: Sequence[int], keep: str = "last") -> tuple[Rows, list[int]]:
        """Keep the "last" or the "first" row of each key, and tell the places of the others. No GIL.

        The order of what stays is as it was. NULL: rows with one in the key are kept.
        """

    def has_duplicates(self, key_ordinals: Sequence[int]) -> bool:
        """Tell whether two rows have one key without NULL. No GIL."""

    def steps(self, ordinal: int, step: int) -> tuple[set[int], bool]:
        """Give the distinct quotients of a column's values by `step`, rounded down, and whether one is NULL.

        Values count in the unit of their send format: numbers as they are, dates in days and timestamps in
        microseconds since 2000-01-01. No GIL. ERRORS: ValueError for a column of another kind.
        """

    def null_positions(self, key_ordinals: Sequence[int]) -> list[int]:
        """Give the places of rows with NULL in one of these columns."""

    def slice(self, start: int, stop: int) -> Rows:
        """Give the rows from `start` up to `stop`, which is not among them; both count from 0 and are cut."""

    def without(self, ordinals: Sequence[int]) -> Rows:
        """Give the rows but those of these numbers, which count from 0 in these rows."""

    @staticmethod
    def joined(parts: Sequence[Rows]) -> Rows:
        """Give the rows of several, one after the other. ERRORS: ValueError for none, or of different encoders."""

    @property
    def piece_count(self) -> int:
        """Count the pieces that `piece` gives."""

    def piece(self, ordinal: int) -> bytes:
        """Give a piece of the tuples for COPY, as `Batch.piece` does."""

    def array(self, column_ordinal: int) -> bytes:
        """Give a column as an array in its send format, to be unnested. No GIL.

        Its element type is the column's, behind all domains; text for a column in text form.
        """

    def position_array(self) -> bytes:
        """Give the places of the rows as an int8[] in its send format."""

@final
class Parameter:
    """One parameter of a mask, as data."""

    @property
    def name(self) -> str:
        """What rules call it."""

    @property
    def takes(self) -> str:
        """What it takes, in words: "a whole number from 8 to 64"."""

    @property
    def is_required(self) -> bool:
        """Whether it must be given."""

    @property
    def holds_rules(self) -> bool:
        """Whether its value is a rule, or a table of rules."""

    @property
    def summary(self) -> str:
        """What it does and what holds without it, without a full stop."""

@final
class MaskSpec:
    """One mask as data: the reference is made from it, and property tests hold it to it."""

    @property
    def name(self) -> str:
        """What rules call it."""

    @property
    def summary(self) -> str:
        """What it does, without a full stop."""

    @property
    def accepts(self) -> list[str]:
        """Kinds of types it takes (see `type_names`), each also as an array, element by element."""

    @property
    def parameters(self) -> list[Parameter]:
        """Its parameters."""

    @property
    def action(self) -> str:
        """What becomes of a column: "keep", "mask", "null", or "omit" where it is not read at all."""

    @property
    def default_domain(self) -> str:
        """Which columns share a subkey where the rule names no domain: "mask" (all with it) or "column"."""

    @property
    def words(self) -> list[str]:
        """Word lists it draws from, by Faker's names."""

    @property
    def example(self) -> str:
        """A rule as it stands behind the equals sign of a rules file."""

    @property
    def algorithm(self) -> str:
        """The algorithm, exactly enough to write it again."""

    @property
    def deterministic(self) -> bool:
        """Whether equal values under one key and domain get equal replacements."""

    @property
    def uniqueness(self) -> str:
        """How far different values stay different: "bijective", "128-bit" or "lossy"."""

    @property
    def keeps_null(self) -> bool:
        """Whether NULL stays NULL."""

    @property
    def keeps_length(self) -> bool:
        """Whether the replacement has as many characters or bytes as the value."""

    @property
    def keeps_format(self) -> bool:
        """Whether digits, letters and punctuation stay where they stand."""

    @property
    def keeps_order(self) -> bool:
        """Whether the order of values is kept."""

def mask_specs() -> list[MaskSpec]:
    """Give every mask, in the order of the reference."""

def type_names() -> list[tuple[str, str]]:
    """Give the `pg_type` name of every type that masks can read, with the kind they call it."""

def text_only_type(spec: str) -> str | None:
    """Name the first type in a type, described as for `RowEncoder`, whose send format is not written here.

    None where all of it can go in binary. ERRORS: ValueError for a description of another form.
    """

def value_rules() -> list[tuple[list[str], str, str]]:
    """Say which values go into which types: names, what is taken, a note or nothing; for the reference."""

def write_tuples(rows: Sequence[Sequence[bytes | None]]) -> bytes:
    """Frame rows of fields as tuples, without header and trailer, for sources that refuse COPY.

    SHAPE: each field in its type's send format, None for NULL; the format is the one of `RowKey`.
    ERRORS: ValueError for a row of more than 32,767 fields.

        >>> from pgsluice._core import write_tuples
        >>> write_tuples([[b"ab", None]]).hex(" ")
        '00 02 00 00 00 02 61 62 ff ff ff ff'
    """
