"""`json`, with masks inside that take text, int8 or numeric."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from oracle.column import ColumnType
from oracle.masks.token import base32
from oracle.values import Numeric, integer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oracle.column import Call

#: A step is a member's name, an item's number, or "*" for any member or item.
Step = tuple[str, str | int]
_STEP = re.compile(r'\.(?P<name>[A-Za-z0-9_$@:/-]+|\*)|\.(?P<quoted>"(?:[^"\\]|\\.)*")|\[(?P<item>\d+|\*)\]')
_TOKEN = re.compile(r'[ \t\r\n]+|"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^ \t\r\n{}\[\]:,"]+')
_DEPTH_MAX = 512
_NO_TEXT = {"key", "noise", "bucket"}
_OWN_DOMAIN = {"token", "key", "uuid", "json"}


def _steps(path: str) -> list[Step]:
    steps: list[Step] = []
    for step in _STEP.finditer(path):
        if step["item"]:
            steps.append(("item", "*" if step["item"] == "*" else int(step["item"])))
        elif step["quoted"]:
            steps.append(("name", json.loads(step["quoted"])))
        else:
            steps.append(("any", "*") if step["name"] == "*" else ("name", step["name"]))
    return steps


def _leads(step: Step, place: Step) -> bool:
    if step[0] == "any":
        return place[0] == "name"
    return step == place or (step == ("item", "*") and place[0] == "item")


def _is_wild(step: Step) -> bool:
    return step[0] == "any" or step == ("item", "*")


def _unescaped(token: str) -> str:
    text: str = json.loads(token, strict=False)
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _quoted(text: str) -> str:
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(short.get(c, c if c >= " " else f"\\u{ord(c):04x}") for c in text) + '"'


@dataclass
class _Document:
    call: Call
    rules: list[tuple[list[Step], str, Any]]
    tokens: Iterator[str]

    def rule(self, place: list[Step], above: tuple[str, Any]) -> tuple[str, Any]:
        """The path and rule that hold at a place."""
        found = [
            ([_is_wild(step) for step in steps], path, rule)
            for steps, path, rule in self.rules
            if len(steps) == len(place) and all(map(_leads, steps, place))
        ]
        return min(found, key=lambda rule: rule[0])[1:] if found else above

    def can_lead_below(self, place: list[Step]) -> bool:
        return any(
            len(steps) > len(place) and all(_leads(step, at) for step, at in zip(steps, place, strict=False))
            for steps, _, _ in self.rules
        )

    def names(self, place: list[Step], name: str) -> bool:
        """Whether a step names this member here."""
        return any(
            len(steps) > len(place)
            and all(_leads(step, at) for step, at in zip(steps, place, strict=False))
            and steps[len(place)] == ("name", name)
            for steps, _, _ in self.rules
        )

    def blanks(self) -> tuple[str, str]:
        """The blanks before the next token, and it."""
        token = next(self.tokens, "")
        return (token, next(self.tokens, "")) if token.isspace() else ("", token)

    def whole(self, opening: str) -> str:
        """The rest of an object or array that is not gone through."""
        text, depth = opening, 1
        while depth:
            token = next(self.tokens)
            depth += (token in "{[") - (token in "}]")
            text += token
        return text

    def value(self, token: str, place: list[Step], above: tuple[str, Any]) -> str:
        path, rule = held = self.rule(place, above)
        name = rule if isinstance(rule, str) else rule["mask"]
        if token not in ("{", "["):
            return token if name == "keep" else "null" if name == "null" else self.scalar(token, path, rule)
        if name in ("keep", "null") and not self.can_lead_below(place):
            text = self.whole(token)
            return text if name == "keep" else token + text[-1]
        if len(place) >= _DEPTH_MAX:
            self.whole(token)
            return "null"
        return self.members(token, place, held)

    def members(self, opening: str, place: list[Step], held: tuple[str, Any]) -> str:
        out, number = opening, 0
        while True:
            blanks, token = self.blanks()
            out += blanks
            if token in ("}", "]", ","):
                out += token
                if token != ",":
                    return out
                continue
            if opening == "[":
                out += self.value(token, [*place, ("item", number)], held)
                number += 1
                continue
            key = _unescaped(token)
            if self.call.parameters.get("keys") == "hash" and not self.names(place, key):
                token = _quoted(base32(self.call.prf.child("keys").word(key.encode()), 26))
            before, colon = self.blanks()
            after, first = self.blanks()
            out += token + before + colon + after + self.value(first, [*place, ("name", key)], held)

    def scalar(self, token: str, path: str, rule: Any) -> str:
        if token in ("true", "false", "null"):
            return "null"
        parameters = {} if isinstance(rule, str) else dict(rule)
        name = parameters.pop("mask", rule)
        own = f"{self.call.domain} {path}" if name in _OWN_DOMAIN else f"domain {name}"
        domain = parameters.pop("domain", own)

        def masked(value: bytes, kind: str) -> bytes | None:
            column = ColumnType(kind)
            key = self.call.key
            # The registry names this module, so it cannot be imported before it.
            from oracle.registry import mask_with

            return mask_with(key, name, domain, value, parameters=parameters, column=column, words=self.call.words)

        if token.startswith('"'):
            text = masked(_unescaped(token).encode(), "text") if name not in _NO_TEXT else None
            return "null" if text is None else _quoted(text.decode())
        if name not in _NO_TEXT | {"choice", "fixed"}:
            text = masked(token.encode(), "text")
            return "null" if text is None else _quoted(text.decode())
        if re.fullmatch("-?[0-9]+", token) and -(1 << 63) <= int(token) < 1 << 63:
            number = masked(int(token).to_bytes(8, "big", signed=True), "int8")
            return "null" if number is None else str(integer(number))
        mantissa, _, exponent = token.lower().partition("e")
        dscale = max(0, len(mantissa.partition(".")[2]) - int(exponent or 0))
        number = masked(Numeric(Fraction(token), dscale).send(), "numeric")
        return "null" if number is None else _decimal(Numeric.read(number))


def _decimal(numeric: Numeric) -> str:
    digits = str(abs(int(numeric.number * 10**numeric.dscale))).rjust(numeric.dscale + 1, "0")
    whole, part = digits[: len(digits) - numeric.dscale], digits[len(digits) - numeric.dscale :]
    return ("-" if numeric.number < 0 else "") + whole + ("." + part if part else "")


def mask(call: Call) -> bytes:
    is_jsonb = call.column.name == "jsonb"
    text = call.value[is_jsonb:].decode()
    rules = [(_steps(path), path, rule) for path, rule in call.parameters.get("paths", {}).items()]
    document = _Document(call, rules, (token.group() for token in _TOKEN.finditer(text)))
    blanks, first = document.blanks()
    out = blanks + document.value(first, [], ("otherwise", call.parameters.get("otherwise", "null")))
    out += "".join(document.tokens)
    return call.value[:is_jsonb] + out.encode()
