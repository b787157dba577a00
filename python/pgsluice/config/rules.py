"""The rules file as data. It knows its own form, not what exists on a server: `plan` holds both together."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import translate
from functools import cached_property
from pathlib import Path
from typing import Any

from pgsluice._core import MaskSpec, mask_specs
from pgsluice.errors import RulesError, in_quotes, place

VERSION = 1
PYTHON_PREFIX = "python:"
TYPE_PREFIX = "type:"
# Words of a rule that belong to the rule, not to its mask.
_RULE_WORDS = ("mask", "domain")
_TOP_WORDS = ("version", "locale", "columns", "tables", "large-objects")
_LARGE_OBJECTS_WORDS = ("reason",)
_TABLE_WORDS = ("columns", "rows")
_ROWS_WORDS = ("all", "none")
# How tomllib begins where a name comes a second time.
_SAID_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate inline table key")


@dataclass(frozen=True)
class Rule:
    """What to do with a column: a mask, its domain if the user named one, its parameters."""

    mask: str
    domain: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def python_function(self) -> str | None:
        """`package.module:function` where the mask is a Python function."""
        return self.mask.removeprefix(PYTHON_PREFIX) if self.mask.startswith(PYTHON_PREFIX) else None


@dataclass(frozen=True)
class Pattern:
    """A rule for all columns of one name or type."""

    text: str
    rule: Rule

    @cached_property
    def _glob(self) -> re.Pattern[str]:
        """Compiled once: fnmatch remembers 256 globs, and compiles the others anew for every column."""
        return re.compile(translate(self.text.removeprefix(TYPE_PREFIX)))

    def matches(self, *, schema: str, table: str, column: str, type_name: str) -> bool:
        """Whether the column is meant: by `type:NAME`, else by a glob over schema.table.column or table.column."""
        names = (
            (type_name,) if self.text.startswith(TYPE_PREFIX) else (f"{schema}.{table}.{column}", f"{table}.{column}")
        )
        return any(self._glob.match(name) for name in names)


@dataclass(frozen=True)
class TableRules:
    """What one table's entry says."""

    rules: dict[str, Rule] = field(default_factory=dict)
    has_rows: bool = True


@dataclass(frozen=True)
class Rules:
    """A whole rules file. Of several patterns that match a column, the first in the file holds."""

    locale: str = "en_US"
    patterns: tuple[Pattern, ...] = ()
    tables: dict[str, TableRules] = field(default_factory=dict)
    # Why large objects may be copied as they are, if they are copied; no rule can mask them.
    large_objects_reason: str | None = None


def read_rules(path: Path) -> Rules:
    """Read a rules file.

    Raises RulesError with all problems at once: words that are not recognised (with the nearest that is),
    values of another form. The file holds no secrets, but values are not quoted all the same.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RulesError(
            f'could not read the rules file "{path}": {error.strerror}',
            hint='"pgsluice init" writes one that proposes a rule for every column.',
        ) from None
    except UnicodeDecodeError:
        raise RulesError(f'rules file "{path}" is not TOML (it is not UTF-8)') from None
    except tomllib.TOMLDecodeError as error:
        failure = _not_toml(path, str(error))
    else:
        return parse_rules(document, name=str(path))
    raise failure


def _not_toml(path: Path, said: str) -> RulesError:
    """Say where the file breaks off, or that it says something twice; the parser's own text may quote a value."""
    where = said.rpartition("(")[2].rstrip(")") if said.endswith(")") else "an unknown where"
    if where == "at end of document":
        lines = len(path.read_text(encoding="utf-8").rstrip().splitlines())
        where += f", line {lines}"
    if said.startswith(_SAID_TWICE):
        return RulesError(
            f'rules file "{path}" says one thing twice ({where})',
            hint="A pattern, a table or a column may stand there only once: take one of the two out.",
        )
    return RulesError(f'rules file "{path}" is not TOML ({where})')


def parse_rules(document: dict[str, Any], *, name: str) -> Rules:
    """Take a rules file that was read from TOML; errors as for `read_rules`."""
    reader = _Reader()
    rules = reader.rules(document)
    if reader.problems:
        count = len(reader.problems)
        raise RulesError(
            f"rules file {in_quotes(name)} has {count} problem{'s' if count > 1 else ''}",
            problems=tuple(reader.problems),
            hint="The rules page of the docs describes every word of the file.",
        )
    return rules


def nearest(word: str, known: Any) -> str:
    """Give ` (nearest: "x")` for a word that is not recognised, or nothing."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f' (nearest: "{found[0]}")' if found else ""


class _Reader:
    def __init__(self) -> None:
        self.problems: list[str] = []
        self._masks: dict[str, MaskSpec] = {spec.name: spec for spec in mask_specs()}

    def rules(self, document: dict[str, Any]) -> Rules:
        self._only(document, _TOP_WORDS, "the file")
        if document.get("version") != VERSION:
            self.problems.append(f"the file: expected version = {VERSION}")
        locale = document.get("locale", "en_US")
        if not isinstance(locale, str):
            self.problems.append('the file: "locale" takes a string, for example "de_DE"')
            locale = "en_US"
        patterns = tuple(
            Pattern(text, rule)
            for text, value in self._table(document, "columns", "the file").items()
            if (rule := self._rule(value, f"pattern {in_quotes(text)}")) is not None
        )
        tables = {
            label: self._table_rules(value, label)
            for label, value in self._table(document, "tables", "the file").items()
        }
        reason = self._large_objects_reason(document)
        return Rules(locale=locale, patterns=patterns, tables=tables, large_objects_reason=reason)

    def _large_objects_reason(self, document: dict[str, Any]) -> str | None:
        entry = self._table(document, "large-objects", "the file")
        self._only(entry, _LARGE_OBJECTS_WORDS, '"large-objects"')
        reason = entry.get("reason")
        if "large-objects" in document and not (isinstance(reason, str) and reason.strip()):
            self.problems.append('"large-objects": "reason" takes a string that says why they may be copied unmasked')
            return None
        return reason

    def _table_rules(self, value: Any, label: str) -> TableRules:
        where = place(label)
        if not isinstance(value, dict):
            self.problems.append(f"{where}: expected a table with {_listed(_TABLE_WORDS)}")
            return TableRules()
        self._only(value, _TABLE_WORDS, where)
        rows = value.get("rows", "all")
        if rows not in _ROWS_WORDS:
            self.problems.append(f'{where}: "rows" takes {_listed(_ROWS_WORDS)}')
        rules = {}
        for column, entry in self._table(value, "columns", where).items():
            rule = self._rule(entry, place(label, column))
            if rule is not None:
                rules[column] = rule
        return TableRules(rules=rules, has_rows=rows != "none")

    def _rule(self, value: Any, where: str) -> Rule | None:
        entry = {"mask": value} if isinstance(value, str) else value
        if not isinstance(entry, dict) or not isinstance(entry.get("mask"), str):
            self.problems.append(f'{where}: expected the name of a mask or a table with "mask"')
            return None
        mask = entry["mask"]
        if not isinstance(entry.get("domain", ""), str):
            self.problems.append(f'{where}: "domain" takes a string')
            return None
        parameters = {name: item for name, item in entry.items() if name not in _RULE_WORDS}
        if mask.startswith(PYTHON_PREFIX):
            self._check_function(mask, parameters, where)
        else:
            spec = self._masks.get(mask)
            if spec is None:
                self.problems.append(f"{where}: unrecognized mask {in_quotes(mask)}{nearest(mask, self._masks)}")
                return None
            known = [parameter.name for parameter in spec.parameters]
            for name in parameters:
                if name not in known:
                    near = nearest(name, [*known, *_RULE_WORDS])
                    self.problems.append(
                        f"{where}: unrecognized parameter {in_quotes(name)} of mask {in_quotes(mask)}{near}"
                    )
        return Rule(mask=mask, domain=entry.get("domain"), parameters=parameters)

    def _check_function(self, mask: str, parameters: dict[str, Any], where: str) -> None:
        module, _, name = mask.removeprefix(PYTHON_PREFIX).partition(":")
        if not module or not name.isidentifier():
            self.problems.append(f"{where}: a mask function is given as python:package.module:function")
        for parameter in parameters:
            near = nearest(parameter, _RULE_WORDS)
            self.problems.append(f'{where}: unrecognized parameter "{parameter}" of a mask function{near}')

    def _table(self, document: dict[str, Any], word: str, where: str) -> dict[str, Any]:
        found = document.get(word, {})
        if isinstance(found, dict):
            return found
        self.problems.append(f"{where}: {in_quotes(word)} takes a table")
        return {}

    def _only(self, found: dict[str, Any], known: tuple[str, ...], where: str) -> None:
        for word in found:
            if word not in known:
                self.problems.append(f"{where}: unrecognized word {in_quotes(word)}{nearest(word, known)}")


def _listed(words: tuple[str, ...]) -> str:
    return " or ".join(in_quotes(word) for word in words)
