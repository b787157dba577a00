"""What is proposed, read back from the file's text by a parser that is not ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pgsluice.api import Draft

#: A column that is left to a person.
LEFT = "left"


@dataclass(frozen=True)
class Proposed:
    """A draft and its file."""

    draft: Draft
    document: dict[str, Any]

    def mask(self, column: str) -> str:
        """The mask of "schema.table.column", LEFT where a comment asks for one."""
        table, _, name = column.rpartition(".")
        rule = self.document.get("tables", {}).get(table, {}).get("columns", {}).get(name)
        if rule is None:
            assert f"#? {name} " in self.section(table), f"{column} is neither decided nor asked for"
            return LEFT
        return rule if isinstance(rule, str) else rule["mask"]

    def masks(self, table: str, *columns: str) -> dict[str, str]:
        return {column: self.mask(f"{table}.{column}") for column in columns}

    def rule(self, column: str) -> Any:
        table, _, name = column.rpartition(".")
        return self.document["tables"][table]["columns"][name]

    def section(self, table: str) -> str:
        """The lines of a table."""
        _, _, behind = self.draft.text.partition(f'[tables."{table}".columns]\n')
        return behind.partition("\n# public.")[0]

    def reason(self, column: str) -> str:
        table, _, name = column.rpartition(".")
        (found,) = (
            item.finding
            for proposals in self.draft.tables
            if proposals.relation.label == table
            for item in proposals.columns
            if item.column.name == name
        )
        return f"{found.confidence.word}: {found.reason}"
