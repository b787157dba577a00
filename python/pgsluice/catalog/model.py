"""What a database holds, as plain data: the answers of the .sql files, put together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile


@dataclass(frozen=True)
class Type:
    """One row of pg_type with the OIDs of what it is made of."""

    oid: int
    schema: str
    name: str
    kind: str  # pg_type.typtype: b base, c composite, d domain, e enum, r range, m multirange
    category: str  # pg_type.typcategory
    is_array: bool
    element_oid: int
    base_oid: int
    base_modifier: int
    has_binary_form: bool
    order_schema: str | None  # of its own > operator
    labels: tuple[str, ...] | None
    part_oids: tuple[int, ...]  # fields of a composite, subtype of a range
    array_oid: int = 0  # of the type of its arrays; 0 where there is none
    delimiter: str = ","  # between the elements of the text of its arrays
    fields: tuple[tuple[str, int], ...] = ()  # name and modifier of the fields of a composite


@dataclass(frozen=True)
class ValueType:
    """A column's type with domains resolved to their base: what masks ask about."""

    display: str
    schema: str
    name: str  # of the element for arrays
    category: str  # pg_type.typcategory, of the element for arrays
    is_array: bool
    is_scalar: bool  # neither array, composite nor range
    labels: tuple[str, ...] | None
    chars_max: int | None
    numeric_precision: int | None
    numeric_scale: int | None
    # Schema of the > operator that ORDER BY goes by; None where rows cannot be told to come after a value.
    order_schema: str | None
    # Why the bytes cannot go to another server as they are; None where they can.
    text_reason: str | None
    # Whether a value is or holds an interval: see `catalog.older`.
    has_interval: bool
    # Whether equal values may be other bytes in another database: they hold numbers of its own types, or arrays within,
    # whose flags the server writes anew.
    has_own_bytes: bool = False


@dataclass(frozen=True)
class Column:
    """One live column of a table."""

    name: str
    ordinal: int  # pg_attribute.attnum
    type: ValueType
    is_not_null: bool
    is_generated: bool
    is_identity: bool
    has_default: bool


@dataclass(frozen=True)
class UniqueIndex:
    """A unique index on plain columns; a partial one holds for some rows only."""

    columns: tuple[str, ...]
    is_primary: bool
    is_partial: bool
    is_in_column_order: bool  # whether values it tells apart come one after the other in an ORDER BY


@dataclass(frozen=True)
class ForeignKey:
    """Columns that refer to columns of another table, pair by pair."""

    name: str
    columns: tuple[str, ...]
    referenced_oid: int
    referenced_columns: tuple[str, ...]


@dataclass(frozen=True)
class Relation:
    """A table: plain, partitioned or foreign."""

    oid: int
    schema: str
    name: str
    kind: str  # pg_class.relkind: r plain, p partitioned, f foreign
    is_partition: bool
    root_oid: int  # the partitioned table at the top; itself if it is no partition
    parent_oids: tuple[int, ...]
    # A crash of its server empties it, and no replica has its rows.
    is_unlogged: bool
    has_row_security: bool
    # Whether it filters what this role reads and writes.
    is_row_security_active: bool
    rows_estimate: int | None  # None where it was never analysed
    size_bytes: int
    indexes_bytes: int
    may_select: bool
    may_insert: bool
    extension: str | None
    partition_columns: tuple[str, ...]
    is_hashed: bool  # whether a partitioned table chooses the partition of a row by a hash
    columns: tuple[Column, ...]
    unique_indexes: tuple[UniqueIndex, ...]
    foreign_keys: tuple[ForeignKey, ...]

    @cached_property
    def label(self) -> str:
        """The name that rules files and messages use: schema.table."""
        return f"{self.schema}.{self.name}"

    @cached_property
    def column_by_name(self) -> dict[str, Column]:
        """Its columns by name."""
        return {column.name: column for column in self.columns}


@dataclass(frozen=True)
class Identity:
    """Which database of which server."""

    system_identifier: str
    database_oid: int
    database: str
    encoding: str
    locale: str
    version: str
    is_replica: bool
    is_read_only: bool

    @cached_property
    def major(self) -> int:
        """Major version, also of "18.6 (Debian 18.6-1)", "19beta2" and "19devel"."""
        return int("".join(takewhile(str.isdecimal, self.version)))


@dataclass(frozen=True)
class Extension:
    """An extension of the source, with the tables that could not be there without it."""

    name: str
    version: str
    table_oids: frozenset[int]


@dataclass(frozen=True)
class Role:
    """A role that objects of the source name."""

    name: str
    has_rights: bool  # owns something, or was granted something
    is_in_policy: bool


@dataclass(frozen=True)
class LargeObjects:
    """How many large objects a source has, how many its role may not read, and about how large they are in all."""

    count: int = 0
    unreadable: int = 0
    size_bytes: int = 0


@dataclass(frozen=True)
class BesideTables:
    """What a source has beside its tables."""

    extensions: tuple[Extension, ...] = ()
    roles: tuple[Role, ...] = ()
    large_objects: LargeObjects = LargeObjects()
    # Kind and name of what a copy leaves out.
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Replay:
    """How far a replica is; None where it has received or replayed nothing yet."""

    waiting_bytes: int | None
    last_commit_age_s: float | None
    is_paused: bool
    delay_ms_max: int  # -1 waits for readers for ever
    has_feedback: bool


@dataclass(frozen=True)
class Catalog:
    """All tables of one database at one moment."""

    identity: Identity
    relations: tuple[Relation, ...]
    beside_tables: BesideTables = BesideTables()  # of a source only
    replay: Replay | None = None  # of a source that is a replica
    # Pairs of types (schema, name) with a cast from the first to the second.
    casts: frozenset[tuple[tuple[str, str], tuple[str, str]]] = frozenset()

    @cached_property
    def by_oid(self) -> dict[int, Relation]:
        """Relations by OID."""
        return {relation.oid: relation for relation in self.relations}

    @cached_property
    def by_label(self) -> dict[str, Relation]:
        """Relations by schema.table."""
        return {relation.label: relation for relation in self.relations}
