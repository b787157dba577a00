"""Makes the pages of types that masks read and of values that a Writer takes."""

# ruff: noqa: E501 - a page has one sentence a line

from __future__ import annotations

from making.text import table
from pgsluice._core import mask_specs, type_names, value_rules

_TYPES_INTRO = """\
# Types

A column that no rule masks passes as the same bytes, whatever its type: nothing of it is decoded.
So ranges, composites, hstore, PostGIS, vectors and types made tomorrow are copied exactly.
Only a column that is masked must be of a type that masks can read.

| type | how it travels |
|---|---|
| any type with send and receive functions | binary COPY, the same bytes |
| `regclass` and the other `reg` types | the table goes by text COPY: their binary form is an OID, which names another object on another server |
| types without a binary form (`aclitem`, contrib `seg`, `isn` and others) | the table goes by text COPY |
| a column of another type on the target | the table goes by text COPY |

`pgsluice plan` says which tables go by text and why, and the audit record of the table repeats it.
On the source side even those are read through binary COPY, with the kept columns cast to text; masks see binary fields all the same.

- A **domain** counts as its base type, and its own length limit counts too; its checks run on the target.
- An **array** is masked element by element, NULL elements stay NULL, dimensions and lower bounds stay.
- An **enum** takes masks that take `enum`, and its own labels only.
- A **composite**, **range** or **multirange** can be kept, nulled or left to its default, not masked inside.
- `char(n)` is masked without its padding, `citext` folded to lower case, so that equal values get equal results.

## Types that masks can read
"""


def types_page() -> str:
    """List the types with a codec, and which masks take each kind."""
    masks: dict[str, list[str]] = {}
    for spec in mask_specs():
        if spec.action == "mask":
            for kind in spec.accepts:
                masks.setdefault(kind, []).append(f"[`{spec.name}`](masks.md#{spec.name})")
    names: dict[str, list[str]] = {}
    for name, kind in type_names():
        names.setdefault(kind, []).append(f"`{name}`")
    names["enum"] = ["every enum"]
    rows = [(", ".join(own), f"`{kind}`", ", ".join(masks.get(kind, []))) for kind, own in names.items()]
    always = "[`keep`](masks.md#keep), [`null`](masks.md#null) and [`default`](masks.md#default) take every type.\n"
    return "\n".join([_TYPES_INTRO, table(("types", "kind", "masks"), rows), always])


_VALUES_INTRO = """\
# Values

Which Python values the [Writer](writer.md) takes for which types.
A value is written exactly or refused before anything is sent, but for what the table below says is rounded; the refusal names the row's position and the column, and never shows the value.
Seconds beyond the precision of a `timestamp(p)`, `time(p)` or `interval(p)` are rounded by the server, as they are everywhere, and so are parts of a cent in `money`.
A `str` means what it means to the server; some of what the server reads is refused, such as "today", or a time without its colons.

What is not said in a line is refused.
Subclasses count as what they derive from, members of an `Enum` as their value, scalars and arrays of numpy as their numbers, times and lists.
`None` is NULL, and so are numpy's masked values and its NaT; the NaT and NA of pandas are refused.
A time with parts finer than a microsecond is refused.
Types are those of the catalog: `numeric(10,2)` is held to its precision, `varchar(20)` to its length.
"""

_VALUES_KEYS = """\
## Keys

Rows of one batch with the same key are found before they are sent, by value: 1.0 and 1.00 are one `numeric`, `char(n)` has no blanks at its end.
Values of `citext`, `json`, arrays, ranges, composites, types that no mask reads and all that goes as text may be equal for the server though their bytes differ, and text under a nondeterministic collation as well.
"""


def values_page() -> str:
    """List what values each type takes."""
    containers = {"enums", "domains", "arrays", "ranges", "multiranges", "composites", "every other type"}
    shown = {"bpchar": "char(n)", "char": '"char"'}

    def named(name: str) -> str:
        return name if name in containers else f"`{shown.get(name, name)}`"

    rows = [(", ".join(map(named, names)), takes, note) for names, takes, note in value_rules()]
    return "\n".join([_VALUES_INTRO, table(("types", "takes", "note"), rows), _VALUES_KEYS])
