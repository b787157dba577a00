"""Shows a plan to people: tables in the order of their names, what is to be known of them, and totals at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pgsluice.cli.plan_bulk import tell_bulk
from pgsluice.cli.plan_forecast import tell_forecast
from pgsluice.cli.talk import output_width, padded, show
from pgsluice.errors import printable
from pgsluice.pipeline.settings import MIB, CopySettings
from pgsluice.plan.build import NOT_CHOSEN
from pgsluice.plan.model import CopyPlan, PlannedColumn, TablePlan

# Longer names stand on a line of their own.
_NAME_WIDTH_MAX = 60
# What figures and format take beside the name.
_FIGURES_WIDTH = 50
# Of one kind of line; all of them are in --json.
_LINES_MAX = 60


def tell_plan(plan: CopyPlan, settings: CopySettings, *, with_columns: bool) -> None:
    """Write everything; the lines that matter most are the last."""
    tables = sorted([*plan.tables, *plan.unplanned], key=lambda table: (table.relation.schema, table.relation.name))
    _tell_tables(tables, with_columns=with_columns)
    _tell_left_out(plan)
    _tell_followed(tables)
    _tell_findings(plan)
    _tell_changes(plan)
    tell_bulk(plan.bulk)
    for note in plan.notes:
        show(f"note: {note}")
    _tell_memory(settings)
    tell_forecast(plan, jobs=settings.jobs)
    _tell_totals(plan, tables)


def _tell_tables(tables: Sequence[TablePlan], *, with_columns: bool) -> None:
    width = min(max((len(printable(table.label)) for table in tables), default=5), _NAME_WIDTH_MAX)
    terminal = output_width()
    if terminal is not None:
        width = min(width, max(terminal - _FIGURES_WIDTH, 20))
    if tables:
        show(f"{'table':{width}} {'rows':>13} {'size':>10}  how")
    for table in tables:
        _tell_table(table, width)
        if with_columns:
            _tell_columns(table)


def _tell_table(table: TablePlan, width: int) -> None:
    name = printable(table.label)
    if len(name) > width:
        show(name)
        name = ""
    rows = table.relation.rows_estimate
    about = "?" if rows is None else f"{rows:,}"
    show(f"{padded(name, width)} {about:>13} {size_text(table.relation.size_bytes):>10}  {_how(table)}")
    if table.format == "text" and table.has_rows:
        show(f"  text because {table.format_reason}")


def _how(table: TablePlan) -> str:
    words = [f"{table.format}, by {table.source.key.kind}"] if table.has_rows else ["structure only"]
    if table.slices > 1:
        words.append(f"{table.slices} slices")
    undecided = sum(item.uniqueness == "undecided" for item in table.columns)
    if undecided:
        words.append(f"{undecided} undecided")
    return ", ".join(words)


def _tell_columns(table: TablePlan) -> None:
    name_width = min(max((len(printable(item.column.name)) for item in table.columns), default=0), 24)
    type_width = min(max((len(printable(item.column.type.display)) for item in table.columns), default=0), 27)
    for item in table.columns:
        mask = "undecided" if item.uniqueness == "undecided" else item.decision.rule.mask
        name, type_name = printable(item.column.name), printable(item.column.type.display)
        line = f"  {padded(name, name_width)}  {padded(type_name, type_width)}  {mask:13} {_promise(item):17}"
        terminal = output_width()
        if terminal is not None and len(line) + 2 + len(item.decision.origin) > terminal:
            show(line.rstrip())
            show(f"      {item.decision.origin}")
        else:
            show(f"{line}  {item.decision.origin}")


def _promise(item: PlannedColumn) -> str:
    """The uniqueness class; what the mask's own word says already is left out."""
    said = {"kept", "null", "default", "generated", "undecided"}
    words = [] if item.uniqueness in said else [item.uniqueness]
    return ", ".join([*words, "unique"] if item.must_be_unique else words)


def _tell_left_out(plan: CopyPlan) -> None:
    """By name, but for what the user did not ask for."""
    for item in plan.left_out:
        if item.reason != NOT_CHOSEN:
            show(f"left out: {item.label}: {item.reason}")
    not_chosen = sum(item.reason == NOT_CHOSEN for item in plan.left_out)
    if not_chosen:
        show(f"left out: {_count(not_chosen, 'table')} that no --tables pattern matches; --json has the names")
    for item in plan.objects_left_out:
        show(f"left out: {item.label}: {item.reason}")
    for label in plan.not_allowed:
        show(f"will fail: {label}: the source does not allow reading it")


def _tell_followed(tables: Sequence[TablePlan]) -> None:
    """Foreign keys that took over what the key has; those of kept keys are counted."""
    found = [(table, item) for table in tables for item in table.columns if item.decision.follows is not None]
    masked = [(table, item) for table, item in found if item.decision.rule.mask != "keep"]
    if not found:
        return
    show(f"foreign keys: {_count(len(found), 'column')} with the mask of the key referred to, {len(masked):,} not kept")
    lines = []
    for table, item in masked:
        label, column = item.decision.follows or ("", "")
        lines.append(f"  {table.label}.{item.column.name} follows {label}.{column}: {item.decision.rule.mask}")
    _show_some(lines)


def _tell_findings(plan: CopyPlan) -> None:
    checks = [str(finding) for finding in plan.findings if finding.kind == "check"]
    differences = [str(finding) for finding in plan.findings if finding.kind != "check"]
    if checks:
        show("masks whose results a CHECK may refuse; if so, the table fails:")
        _show_some([f"  {line}" for line in checks])
    if differences:
        show("the target's tables differ from the source's; the copy goes on with them:")
        _show_some([f"  {line}" for line in differences])


def _tell_changes(plan: CopyPlan) -> None:
    last = plan.last_run
    if last is None:
        return
    when = f"{last.started_at:%Y-%m-%d %H:%M}Z"
    if plan.changes is None:
        show(f"the last run, of {when}, cannot be compared with this plan")
    elif not plan.changes:
        show(f"nothing has changed since the last run, of {when}")
    else:
        show(f"changed since the last run, of {when}:")
        _show_some([f"  {change}" for change in plan.changes])


def _show_some(lines: Sequence[str]) -> None:
    for line in lines[:_LINES_MAX]:
        show(line)
    if len(lines) > _LINES_MAX:
        show(f"  and {len(lines) - _LINES_MAX:,} more; --json lists them all")


def _tell_memory(settings: CopySettings) -> None:
    memory = f"{settings.memory_bytes / MIB:.0f} MiB"
    if settings.jobs > 1:
        memory += f" ({settings.jobs} jobs of {settings.memory_bytes / settings.jobs / MIB:.0f} MiB)"
    show(f"memory: batches take at most {memory}, and each job's largest row once more on each side")


def _tell_totals(plan: CopyPlan, tables: Sequence[TablePlan]) -> None:
    filled = [table for table in tables if table.has_rows]
    rows = sum(table.relation.rows_estimate or 0 for table in filled)
    size_bytes = sum(table.relation.size_bytes for table in filled)
    unknown = sum(table.relation.rows_estimate is None for table in filled)
    formats = Counter(table.format for table in filled)
    words = [f"{count:,} {name}" for name, count in sorted(formats.items())]
    if len(tables) > len(filled):
        words.append(f"{len(tables) - len(filled):,} structure only")
    if plan.left_out:
        words.append(f"{len(plan.left_out):,} left out")
    known = f"about {rows:,} rows" if unknown < len(filled) or not filled else "rows not known"
    show(
        f"total: {_count(len(tables), 'table')} ({', '.join(words) or 'nothing to copy'}), "
        f"{known}, {size_text(size_bytes)}"
    )
    if unknown:
        show(f"  {_count(unknown, 'table')} without a count of rows: ANALYZE was never run there")
    undecided = [sum(item.uniqueness == "undecided" for item in table.columns) for table in plan.unplanned]
    if any(undecided):
        show(f"  {_count(sum(undecided), 'column')} of {_count(sum(map(bool, undecided)), 'table')} undecided")


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def size_text(size_bytes: int) -> str:
    """A size for people."""
    if size_bytes < MIB:
        return f"{size_bytes / 1024:,.0f} KiB"
    if size_bytes < 100 * 1024 * MIB:
        return f"{size_bytes / MIB:,.1f} MiB"
    return f"{size_bytes / MIB / 1024:,.1f} GiB"
