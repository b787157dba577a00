"""`pgsluice masks`: the masks as data, for people."""

from __future__ import annotations

import json
import textwrap

import click

from pgsluice._core import MaskSpec, mask_specs
from pgsluice.cli.options import json_option
from pgsluice.cli.talk import show
from pgsluice.config.rules import nearest
from pgsluice.errors import UsageError


@click.command("masks")
@click.argument("name", required=False)
@json_option
def command(name: str | None, *, is_json: bool) -> None:
    """List the masks, or describe the one called NAME."""
    specs = {spec.name: spec for spec in mask_specs()}
    if name is not None and name not in specs:
        raise UsageError(f'unrecognized mask "{name}"{nearest(name, specs)}', hint='"pgsluice masks" lists them.')
    chosen = [specs[name]] if name else list(specs.values())
    if is_json:
        click.echo(json.dumps([_as_data(spec) for spec in chosen], indent=2))
    elif name:
        _describe(chosen[0])
    else:
        for spec in chosen:
            show(f"{spec.name:15} {spec.summary}")


def _as_data(spec: MaskSpec) -> dict[str, object]:
    return {
        "name": spec.name,
        "summary": spec.summary,
        "accepts": spec.accepts,
        "parameters": [
            {"name": p.name, "takes": p.takes, "required": p.is_required, "summary": p.summary} for p in spec.parameters
        ],
        "deterministic": spec.deterministic,
        "uniqueness": spec.uniqueness,
        "keeps": [
            word
            for word, is_kept in (
                ("null", spec.keeps_null),
                ("length", spec.keeps_length),
                ("format", spec.keeps_format),
                ("order", spec.keeps_order),
            )
            if is_kept
        ],
        "domain": spec.default_domain,
        "example": spec.example,
        "algorithm": spec.algorithm,
    }


def _describe(spec: MaskSpec) -> None:
    data = _as_data(spec)
    keeps = data["keeps"]
    show(f"{spec.name}: {spec.summary}.")
    show(f"  types       {', '.join(spec.accepts)}")
    show(f"  uniqueness  {spec.uniqueness}{'' if spec.deterministic else ', not deterministic'}")
    show(f"  keeps       {', '.join(keeps) if isinstance(keeps, list) and keeps else 'nothing'}")
    for parameter in spec.parameters:
        needed = ", required" if parameter.is_required else ""
        show(f"  {parameter.name:11} {parameter.takes}{needed}")
        click.echo(textwrap.indent(textwrap.fill(parameter.summary + ".", 76), " " * 14))
    show(f"  example     column = {spec.example}")
    click.echo(textwrap.indent(textwrap.fill(spec.algorithm, 76), "  "))
