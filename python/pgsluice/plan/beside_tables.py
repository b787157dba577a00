"""Plans what a schema has beside its tables: what is left out by name, and what the target must offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pgsluice.catalog.beside_tables import Offers
from pgsluice.catalog.model import BesideTables, Catalog
from pgsluice.errors import in_quotes
from pgsluice.plan.model import CopyPlan, LeftOut

# Of tables in one message; the plan lists them all.
NAMES_MAX = 10

_REASONS = {
    "subscription": "a copy must not take part in replication",
    "user mapping": "it leads to another server and may hold a password",
    "security label": "it is meant for the source's server",
    "comment on the database": "the target's database has a name and a purpose of its own",
    "setting of the database": "ALTER DATABASE ... SET on the target makes it",
    "tablespace": "what lies in it goes where the target's database lies",
}


def with_objects(
    plan: CopyPlan, source: Catalog, offers: Offers | None, *, has_rights: bool, without_extensions: Sequence[str]
) -> CopyPlan:
    """Add to the plan of a schema that we make what is left out of it, by name, and what will be otherwise."""
    beside = source.beside_tables
    found = [LeftOut(f"{kind} {in_quotes(name)}", _REASONS[kind]) for kind, name in beside.left_out]
    found += [LeftOut(f"extension {in_quotes(name)}", "and what needs it: as told") for name in without_extensions]
    roles = [role.name for role in beside.roles if role.has_rights]
    if roles and not has_rights:
        names = ", ".join(in_quotes(name) for name in roles)
        found.append(LeftOut(f"owners and privileges (roles {names})", "--rights takes them along"))
    notes = offer_notes(source, offers, without_extensions) if offers is not None else []
    return replace(plan, objects_left_out=(*plan.objects_left_out, *found), notes=(*plan.notes, *notes))


def missing_extensions(source: Catalog, offers: Offers, without: Sequence[str]) -> list[str]:
    """Say which extensions the target cannot make, and which tables need them."""
    problems = []
    for extension in source.beside_tables.extensions:
        if extension.name in without or extension.name in offers.extensions:
            continue
        labels = sorted(source.by_oid[oid].label for oid in extension.table_oids if oid in source.by_oid)
        named = ", ".join(in_quotes(label) for label in labels[:NAMES_MAX])
        more = f" and {len(labels) - NAMES_MAX} more" if len(labels) > NAMES_MAX else ""
        needed = (
            f"is needed by {'tables' if len(labels) > 1 else 'table'} {named}{more}" if labels else "needs no table"
        )
        problems.append(f"extension {in_quotes(extension.name)} {extension.version} {needed}")
    return problems


def unknown_extensions(beside: BesideTables, without: Sequence[str]) -> list[str]:
    """Say which extensions are to be left out that the source has not."""
    known = {extension.name for extension in beside.extensions}
    return [
        f"extension {in_quotes(name)} is not on the source: nothing to leave out"
        for name in without
        if name not in known
    ]


def missing_roles(beside: BesideTables, offers: Offers) -> list[str]:
    """Give the roles that own or were granted something, and that the target does not have."""
    return [role.name for role in beside.roles if role.has_rights and role.name not in offers.roles]


def offer_notes(source: Catalog, offers: Offers, without: Sequence[str]) -> list[str]:
    """Say what will be otherwise on the target than on the source."""
    notes = []
    if offers.major < source.identity.major:
        notes.append(
            f"the target is version {offers.major}, the source {source.identity.major}: what {offers.major} does not "
            "know cannot be made, and is named at the end; all else is copied"
        )
    for extension in source.beside_tables.extensions:
        there = offers.extensions.get(extension.name)
        if there is not None and there != extension.version and extension.name not in without:
            name = in_quotes(extension.name)
            notes.append(f"extension {name} has version {extension.version} on the source, {there} on the target")
    absent = [
        in_quotes(role.name)
        for role in source.beside_tables.roles
        if role.is_in_policy and role.name not in offers.roles
    ]
    if absent:
        notes.append(f"policies cannot be made for roles that the target does not have: {', '.join(absent)}")
    return notes
