"""Makes the page of masks from their specs."""

# ruff: noqa: E501 - a page has one sentence a line

from __future__ import annotations

from making.text import table, wrapped
from pgsluice._core import MaskSpec, mask_specs, type_names

_MASKS_INTRO = """\
# Masks

The same list is printed by `pgsluice masks`, one mask in full by `pgsluice masks NAME`.
How a mask is given to a column is in [the rules file](../guides/rules.md).
What a mask does not hide is in [what masking hides](../concepts/what-masking-hides.md).

What the words of the table promise:

- **types**: the kinds of types a mask takes, see [types](types.md); each also as an array, element by element.
- **uniqueness**: `bijective` masks never give one result for two values.
  `128-bit` masks do so with a chance of n² / 2¹²⁹ among n different values.
  `lossy` masks may do so at any time, and the plan refuses them on a column of a unique index.
- **keeps**: `null` means that NULL stays NULL;
  `length`, `format` and `order` are said of the value.
- **domain**: columns of one mask and one domain give equal results for equal values.
  Without `domain` in the rule, the domain is shared by all columns with that `mask`, or is each `column`'s own.

Parameters can change a promise: a `hash` of 8 digits is no longer 128-bit, and the plan judges what was asked for.
NULL reaches no mask.
"""

_PRIMITIVES = """\
## How results are derived

The algorithms below are exact: the tests compute every mask a second time from these words alone.
They use these terms.

| term | meaning |
|---|---|
| subkey | 32 bytes of HKDF-SHA-256 of the run's key, no salt, info `pgsluice/1/mask/MASK/DOMAIN` |
| block of x | keyed BLAKE3 of x under the subkey, 32 bytes |
| word of x | the first 16 bytes of the block, as a little-endian number |
| stream of x | numbers of 64 bits: the block, 8 bytes each, little-endian; after it the block of (block before, number of that block as 4 bytes little-endian) |
| below(n) | the next number of the stream times n, divided by 2⁶⁴, rounded down |
| child NAME | the function whose subkey is the block of NAME |
| permutation of 0..n, tweak t | a Feistel network with SipHash-2-4 as its round function, walked until the result is in the set |

The permutation: w is the number of bits of n - 1, at least 2; `low` has w / 2 of them, rounded down, and `high` the rest.
There are 20 rounds if w is at most 16, else 10.
Even rounds, from 0, set `high ^= F(low)`, odd ones `low ^= F(high)`.
F is SipHash-2-4 of the round (1 byte), the half (8) and the tweak (8), little-endian, cut to the width of the other half.
Its key is the first 16 bytes of the block of `siphash`.
All rounds are done again until the result is below n.
"""


def masks_page() -> str:
    """Describe every mask from its spec."""
    specs = mask_specs()
    rows = [
        (f"[`{spec.name}`](#{spec.name})", f"{spec.summary}.", _uniqueness(spec), ", ".join(_keeps(spec)) or "-")
        for spec in specs
    ]
    python = (
        "[`python:…`](../guides/rules.md#python-functions)",
        "A Python function, called once for each column of a batch.",
        "lossy",
        "null",
    )
    parts = [
        _MASKS_INTRO,
        table(("mask", "what it does", "uniqueness", "keeps"), [*rows, python]),
        *(_mask(spec) for spec in specs),
        _PRIMITIVES,
    ]
    return "\n".join(parts)


def _mask(spec: MaskSpec) -> str:
    lines = [f"## {spec.name}", "", f"{spec.summary}.", ""]
    lines += ["```toml", f"column = {spec.example}", "```", ""]
    facts = [
        ("types", _kinds(spec.accepts)),
        ("uniqueness", _uniqueness(spec)),
        ("keeps", ", ".join(_keeps(spec)) or "nothing"),
        ("domain", f"one for each {spec.default_domain}" if spec.action == "mask" else "-"),
    ]
    if spec.words:
        facts.append(("word lists", ", ".join(spec.words)))
    lines.append(table(("promise", ""), facts))
    if spec.parameters:
        rows = [
            (f"`{item.name}`", item.takes, "yes" if item.is_required else "no", f"{item.summary}.")
            for item in spec.parameters
        ]
        lines.append(table(("parameter", "takes", "required", "what it does"), rows))
    lines += ["```text", *wrapped(spec.algorithm), "```", ""]
    return "\n".join(lines)


def _uniqueness(spec: MaskSpec) -> str:
    return spec.uniqueness if spec.deterministic else f"{spec.uniqueness}, not deterministic"


def _keeps(spec: MaskSpec) -> list[str]:
    kept = {
        "null": spec.keeps_null,
        "length": spec.keeps_length,
        "format": spec.keeps_format,
        "order": spec.keeps_order,
    }
    return [word for word, is_kept in kept.items() if is_kept]


def _kinds(accepts: list[str]) -> str:
    every = {kind for _, kind in type_names()} | {"enum"}
    if every | {"other"} <= set(accepts):
        return "every type"
    return "every type with a codec" if every <= set(accepts) else ", ".join(accepts)
