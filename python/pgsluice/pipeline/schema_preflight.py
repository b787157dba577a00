"""Refuses, before the first row, a schema that the target cannot hold."""

from __future__ import annotations

from pgsluice.catalog.beside_tables import Offers
from pgsluice.catalog.model import Catalog
from pgsluice.errors import PlanRefusedError, in_quotes
from pgsluice.pipeline.settings import CopySettings
from pgsluice.plan.beside_tables import missing_extensions, missing_roles, unknown_extensions


def refuse_missing_extensions(source: Catalog, offers: Offers, settings: CopySettings) -> None:
    """Raise PlanRefusedError naming the extensions that the target cannot make, with the tables that need them."""
    without = settings.without_extensions
    unknown = unknown_extensions(source.beside_tables, without)
    if unknown:
        raise PlanRefusedError("an extension to be left out is not there", problems=tuple(unknown))
    problems = missing_extensions(source, offers, without)
    if problems:
        count = len(problems)
        raise PlanRefusedError(
            f"the target's server lacks {count} extension{'s' if count > 1 else ''} of the source",
            problems=tuple(problems),
            hint="Install the packages on the target's server, or give --without-extension NAME for each: "
            "what needs it is not made then, and tables that need it are not copied.",
        )


def refuse_missing_roles(source: Catalog, offers: Offers, settings: CopySettings) -> None:
    """Raise PlanRefusedError naming the roles that rights need and the target does not have."""
    missing = missing_roles(source.beside_tables, offers) if settings.has_rights else []
    if missing:
        count = len(missing)
        raise PlanRefusedError(
            f"the target's server lacks {count} role{'s' if count > 1 else ''} that --rights needs",
            problems=tuple(
                f"role {in_quotes(name)} owns objects of the source or has privileges on them" for name in missing
            ),
            hint="Create the roles on the target's server (CREATE ROLE), or copy without --rights.",
        )
