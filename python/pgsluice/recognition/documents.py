"""Looks into documents: which members they have, and what the values of each member are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pgsluice.config.rules import Rule
from pgsluice.recognition.lexicon import first_names
from pgsluice.recognition.model import Confidence, Finding, Subject, Values
from pgsluice.recognition.names import plain, words

DEPTH_MAX = 6
CHARS_MAX = 1_000
# Members of one column that are proposed; who has more of them has maps, or must decide by hand.
PATHS_MAX = 80
# Names of members of one object, beyond which they are taken for data: a map by user, by day, by product.
_NAMES_MAX = 60
_MEMBERS_MAX = 5_000
# A name that so few documents have may be somebody's; more than these have it when it is part of the form.
_DOCUMENTS_MIN = 2
_NAME = re.compile(r"[A-Za-z_][A-Za-z_-]*[0-9]{0,2}[A-Za-z_-]*")
_NAME_CHARS_MAX = 40

Judge = Callable[[Subject], Finding | None]
Path = tuple[str | None, ...]  # names of members, None for the places of an array


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


@dataclass
class _Member:
    """What stands at one path, over all documents."""

    document_count: int = 0
    texts: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Leaf:
    """A path whose value is no object or array, and what is proposed for it."""

    path: str
    finding: Finding


@dataclass(frozen=True)
class Looked:
    """What documents hold: leaves that are proposed for, and how many are left to become null."""

    leaves: tuple[Leaf, ...]
    left_count: int
    document_count: int
    # Names of members that look like data: they are in no path, and must be hidden too.
    has_telling_names: bool

    @property
    def masked_count(self) -> int:
        """How many leaves get a mask."""
        return sum(1 for leaf in self.leaves if not leaf.finding.is_keep)


def look_into(documents: Iterable[str], subject: Subject, judge: Judge) -> Looked:
    """Take documents apart and judge each member by its name, the names above it and its values."""
    members: dict[Path, _Member] = {}
    count = 0
    for text in documents:
        try:
            document = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_Number)
        except (ValueError, RecursionError):
            continue
        count += 1
        for taken in {_take(members, path, value) for path, value in _walk(document, (), 0)}:
            if taken is not None:
                members[taken].document_count += 1
    told, is_telling = _without_telling_names(members)
    leaves: list[Leaf] = []
    left = 0
    for path, member in sorted(told.items(), key=lambda item: _written(item[0])):
        finding = _judged(path, member, subject, judge) if len(leaves) < PATHS_MAX else None
        if finding is None:
            left += 1
        else:
            leaves.append(Leaf(_written(path), finding))
    return Looked(tuple(leaves), left, count, is_telling)


def _walk(value: Any, path: Path, depth: int) -> Iterator[tuple[Path, Any]]:
    """Every scalar with its path; what lies deeper than is looked stands for itself."""
    if isinstance(value, dict) and depth < DEPTH_MAX:
        for name, item in value.items():
            yield from _walk(item, (*path, name), depth + 1)
    elif isinstance(value, list) and depth < DEPTH_MAX:
        for item in value:
            yield from _walk(item, (*path, None), depth + 1)
    else:
        yield path, value


def _take(members: dict[Path, _Member], path: Path, value: Any) -> Path | None:
    member = members.get(path)
    if member is None:
        # Names that are data are as many as there are rows; more than these are no form.
        if len(members) >= _MEMBERS_MAX:
            return None
        member = members[path] = _Member()
    if isinstance(value, str):
        member.kinds.add("numeric" if isinstance(value, _Number) else "text")
        member.texts.append(value[:CHARS_MAX])
    elif value is not None:
        member.kinds.add("bool" if isinstance(value, bool) else "deep")
    return path


def _without_telling_names(members: dict[Path, _Member]) -> tuple[dict[Path, _Member], bool]:
    """Leave out every path with a name that may be data: odd, rare, a person's, or one of very many."""
    beside: dict[Path, set[str]] = {}
    document_count: dict[Path, int] = {}
    for path, member in members.items():
        for place, name in enumerate(path):
            if name is not None:
                beside.setdefault(path[:place], set()).add(name)
            step = path[: place + 1]
            document_count[step] = document_count.get(step, 0) + member.document_count

    def is_told(path: Path, place: int) -> bool:
        name = path[place]
        return name is None or (
            len(beside[path[:place]]) <= _NAMES_MAX
            and document_count[path[: place + 1]] >= _DOCUMENTS_MIN
            and _is_plain_name(name)
        )

    told = {path: member for path, member in members.items() if all(is_told(path, n) for n in range(len(path)))}
    return told, len(told) < len(members) or len(members) == _MEMBERS_MAX


def _is_plain_name(name: str) -> bool:
    """Whether a member is called as programmers call one, and not as a person is."""
    return (
        len(name) <= _NAME_CHARS_MAX
        and _NAME.fullmatch(name) is not None
        and not (name[0].isupper() and plain(name) in first_names())
    )


def _judged(path: Path, member: _Member, subject: Subject, judge: Judge) -> Finding | None:
    """A leaf's finding; None where it is to become null like all that no path names."""
    names = [words(name) for name in reversed(path) if name is not None]
    if member.kinds == {"bool"}:
        return Finding(Confidence.MEDIUM, (Rule("keep"),), "true or false", "flag")
    if not names or len(member.kinds) != 1 or "deep" in member.kinds:
        return None
    finding = judge(
        Subject(
            name=names[0],
            type_kind=next(iter(member.kinds)),
            table=names[1] if len(names) > 1 else subject.table,
            values=Values(member.texts),
            is_about_people=subject.is_about_people,
            is_of_a_person=subject.is_of_a_person,
        )
    )
    return finding if finding is not None and finding.confidence > Confidence.LOW else None


def _written(path: Path) -> str:
    return "$" + "".join("[*]" if name is None else f".{name}" for name in path)
