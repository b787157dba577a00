"""Puts proposals for what is new into a rules file that somebody wrote. Every byte of theirs stays."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pgsluice.catalog.model import Catalog
from pgsluice.config.rules import Pattern, Rule, Rules
from pgsluice.errors import SluiceError, place
from pgsluice.recognition.patterns import Patterned
from pgsluice.recognition.propose import Listed, TableProposals
from pgsluice.recognition.rules_text import OPEN, entries, section
from pgsluice.recognition.statements import commented_keys, headers, lines_of

_NEW = "# new since this file was written:"


class UpdateError(SluiceError):
    """A rules file is written in a way that new entries cannot be put into."""

    code = "rules-update"
    exit_status = 2


def listed(text: str) -> Listed:
    """Give the columns that an earlier proposal left to a person, and that still stand in a comment."""
    lines = lines_of(text)
    found = [(header.path, commented_keys(lines, header, OPEN)) for header in headers(lines)]
    return Listed(
        columns=frozenset(
            (path[1], name)
            for path, names in found
            if len(path) == 3 and path[::2] == ("tables", "columns")
            for name in names
        ),
        patterns=tuple(
            Pattern(name, Rule("default")) for path, names in found if path == ("columns",) for name in sorted(names)
        ),
    )


def updated(text: str, tables: Sequence[TableProposals]) -> str:
    """Give the file with what is new in it: columns behind the entries of their table, new tables at the end.

    Raises UpdateError where the result would say anything else than the file before it and the additions.
    """
    if not tables:
        return text
    lines = lines_of(text)
    found = {header.path: header for header in headers(lines)}
    end = "\r\n" if "\r\n" in text else "\n"
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += end
    behind: dict[int, list[str]] = {}
    for table in tables:
        header = found.get(("tables", table.relation.label, "columns"))
        if header is None:
            behind.setdefault(len(lines), []).extend(["", *section(table, Patterned())])
        else:
            behind.setdefault(header.end, []).extend([_NEW, *entries(table.columns), *_documents(table)])
    for number in sorted(behind, reverse=True):
        lines[number:number] = [line + end for line in behind[number]]
    result = "".join(lines)
    _check(text, result, tables)
    return result


def gone(rules: Rules, catalog: Catalog) -> list[str]:
    """Name the entries whose table or column is not there any more."""
    missing = []
    for label, entry in rules.tables.items():
        relation = catalog.by_label.get(label)
        if relation is None:
            missing.append(place(label))
            continue
        missing += [place(label, name) for name in entry.rules if name not in relation.column_by_name]
    return missing


def _documents(table: TableProposals) -> list[str]:
    """Documents have tables of their own, which stand behind all entries of their table."""
    lines = section(replace(table, following=(), generated=()), Patterned())
    begin = next((place for place, line in enumerate(lines[2:], start=2) if line.startswith("[")), len(lines))
    return ["", *lines[begin:]] if begin < len(lines) else []


def _check(before: str, after: str, added: Sequence[TableProposals]) -> None:
    """Read both and compare: what was said is still said, and nothing but the additions was said besides."""
    expected = tomllib.loads(before)
    try:
        read: dict[str, Any] = tomllib.loads(after)
        for table in added:
            columns = read["tables"][table.relation.label]["columns"]
            for item in table.columns:
                if item.rule is not None:
                    del columns[item.column.name]
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        read = {}
    if _filled(read) != _filled(expected):
        raise UpdateError(
            "cannot add to the rules file: its tables are written in a way that new entries do not fit into",
            detail='Entries are added behind lines like [tables."public.users".columns].',
            hint="Write the new rules to another file with --rules and take over what you need.",
        )


def _filled(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out tables without rules: a new section whose columns are all left to a person is one."""
    tables = {label: entry for label, entry in document.get("tables", {}).items() if entry not in ({}, {"columns": {}})}
    return {**document, "tables": tables}
