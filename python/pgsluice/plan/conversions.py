"""Judges whether a target's column may take the text of a source's column of another type."""

from __future__ import annotations

from pgsluice.catalog.model import Catalog, ValueType

# pg_type.typcategory: strings, and enums, whose labels are read as text.
_TEXT_LIKE = {"S", "E"}
# Of one category, and yet types that have nothing in common.
_USER_DEFINED = "U"
_NUMBER, _BOOLEAN = "N", "B"


def can_convert(source: ValueType, target: ValueType, casts: Catalog) -> bool:
    """Whether values of one type may be read as values of the other; `casts` are those of the target.

    Input functions read more than they should (20240101 is a date, a circle is one too), so it goes by what types
    are for: those of one category, those with a cast between them either way, and text. A value that cannot be read
    still fails its table; what is refused here could only fail, or be read as something else.
    """
    text_like = [own for own in (source, target) if own.category in _TEXT_LIKE]
    if source.is_array != target.is_array:
        return any(not own.is_array for own in text_like)
    if text_like:
        return True
    names = (source.schema, source.name), (target.schema, target.name)
    if names[0] == names[1] or (source.category == target.category and source.category != _USER_DEFINED):
        return True
    if _BOOLEAN in {source.category, target.category}:
        # 0 and 1 are read as booleans, t and f as nothing else, whatever casts say.
        return source.category == _NUMBER
    return names in casts.casts or (names[1], names[0]) in casts.casts
