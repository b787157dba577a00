"""`redact`: values are bytes, here as characters U+0000 to U+00FF."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address
from typing import TYPE_CHECKING

from oracle.masks.card import luhn_sum
from oracle.masks.token import base32

if TYPE_CHECKING:
    from oracle.column import Call

_KINDS = ("email", "phone", "card", "iban", "ip", "mac", "host", "url")
_WORD = re.compile(r"""[^\x00-\x20\x7f"'(),;<>\[\\\]`{|}]+""")
_HOST = re.compile(r"[A-Za-z0-9._\x80-\xff-]+")
_ALNUM = re.compile("[A-Za-z0-9]")
_IBAN = re.compile("[A-Za-z]{2}[0-9]{2}")
_PAIR = "[0-9A-Fa-f]{2}"
_MAC = [
    re.compile(f"{_PAIR}(?:{joint}{_PAIR}){{{more}}}(?![A-Za-z0-9])(?!{joint}[A-Za-z0-9])")
    for more in (7, 5)
    for joint in (":", "-")
]
_MAC.append(re.compile(r"[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}(?![A-Za-z0-9])(?!\.[A-Za-z0-9])"))
_BYTE = "(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])"
_IPV4 = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}(?![0-9])(?!\.[0-9])")
_DATE = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:[T ](?:[01][0-9]|2[0-4]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:\.[0-9]++)?+)?+)?+(?![0-9])(?![-./][0-9])"
)
_SEPARATOR = "(?:[ ./()-]|\xc2\xa0|\xe2\x80\x91|\xe2\x80\x93|\xe2\x80\xaf)"
_JOINT = re.compile(f"{_SEPARATOR}{{1,2}}(?=[0-9])")
_DIGITS = re.compile("[0-9]+")


def _host(text: str, at: int, end: int) -> tuple[int, int] | None:
    run = text[at:end]
    start = at + len(run) - len(run.lstrip(".-_"))
    run = run.strip(".-_")
    labels = run.split(".")
    last = labels[-1]
    is_top = 2 <= len(last) <= 63 and re.fullmatch("[a-z]+|[A-Z]+", last) is not None
    if len(labels) < 2 or not all(1 <= len(label) <= 63 for label in labels):
        return None
    if is_top or (last.lower().startswith("xn--") and 2 <= len(last) <= 63):
        return start, start + len(run)
    return None


def _iban(text: str, at: int) -> int | None:
    if not _IBAN.match(text, at):
        return None
    ends = []
    found, place, compact = 0, at, ""
    while found < 34:
        step = re.compile("[ -]?[A-Za-z0-9]" if found else "[A-Za-z0-9]").match(text, place)
        if not step:
            break
        compact += step.group()[-1]
        place, found = step.end(), found + 1
        if found >= 15 and not _ALNUM.match(text, place):
            moved = compact[4:] + compact[:4]
            if int("".join(str(int(c, 36)) for c in moved)) % 97 == 1:
                ends.append(place)
    return ends[-1] if ends else None


def _ipv6(text: str, at: int) -> int | None:
    if text[at] == ":" and text[at - 1 : at] == ":" and at > 0:
        return None
    run = re.compile("[0-9A-Fa-f:.]+").match(text, at)
    if not run or ":" not in run.group() or len(run.group()) > 47 or _ALNUM.match(text, run.end()):
        return None
    for address in (run.group(), run.group().rstrip(":.")):
        try:
            IPv6Address(address)
        except AddressValueError:
            continue
        if len(address) > 2:
            return at + len(address)
    return None


def _joint(text: str, at: int) -> int | None:
    """Where the group behind the separators at `at` begins."""
    joint = _JOINT.match(text, at)
    if not joint:
        return None
    if " " in joint.group() or not joint.group().isascii():
        group = _DIGITS.match(text, joint.end())
        if group and re.compile("[A-Za-z:@_]").match(text, group.end()):
            return None
    return joint.end()


def _groups(text: str, at: int) -> list[tuple[int, int]]:
    groups = []
    start: int | None = at
    while start is not None:
        group = _DIGITS.match(text, start)
        if group is None:
            break
        groups.append(group.span())
        start = _joint(text, group.end())
    return groups


def _card(text: str, groups: list[tuple[int, int]]) -> int | None:
    found = None
    for count, (start, end) in enumerate(groups):
        if count and not re.fullmatch(
            "[ -]|\xc2\xa0|\xe2\x80\x91|\xe2\x80\x93|\xe2\x80\xaf", text[groups[count - 1][1] : start]
        ):
            break
        digits = "".join(text[a:b] for a, b in groups[: count + 1])
        if 12 <= len(digits) <= 19 and luhn_sum(digits) == 0 and not re.compile(r"\.[0-9]").match(text, end):
            found = end
    return found


class _Reader:
    def __init__(self, call: Call) -> None:
        self.text = call.value.decode("latin-1")
        self.kinds = call.parameters.get("kinds", _KINDS)
        self.word_end = self.host_end = self.found_end = 0

    def find(self, at: int) -> tuple[str, int, int] | None:
        """What begins at `at`, or before it for phones."""
        text = self.text
        word = _WORD.match(text, at)
        if word and at >= self.word_end:
            self.word_end = word.end()
            trimmed = word.group().rstrip(".:!?*")
            end = at + len(trimmed)
            if "url" in self.kinds and (trimmed.find("://") > 0 or trimmed.startswith("www.")):
                return "url", at, end
            if "email" in self.kinds and "@" in trimmed[1:-1]:
                return "email", at, end
        run = _HOST.match(text, at)
        if run and at >= self.host_end:
            self.host_end = run.end()
            host = _host(text, at, run.end()) if "host" in self.kinds else None
            if host:
                return "host", *host
        return self.inside(at) or self.number(at)

    def inside(self, at: int) -> tuple[str, int, int] | None:
        text = self.text
        if (at and _ALNUM.match(text, at - 1)) or not _WORD.match(text, at):
            return None
        end = _iban(text, at) if "iban" in self.kinds else None
        if end:
            return "iban", at, end
        for form in _MAC if "mac" in self.kinds else ():
            mac = form.match(text, at)
            if mac:
                return "mac", *mac.span()
        end = _ipv6(text, at) if "ip" in self.kinds else None
        return ("ip", at, end) if end else None

    def number(self, at: int) -> tuple[str, int, int] | None:
        text = self.text
        if not _DIGITS.match(text, at) or (at and text[at - 1].isdigit() and text[at - 1].isascii()):
            return None
        ipv4 = _IPV4.match(text, at) if text[at - 1 : at] != "." or at == 0 else None
        if ipv4 and "ip" in self.kinds:
            return "ip", *ipv4.span()
        date = _DATE.match(text, at)
        if date:
            return "date", *date.span()
        groups = _groups(text, at)
        end = _card(text, groups) if "card" in self.kinds else None
        if end:
            return "card", at, end
        end = groups[-1][1]
        if "phone" not in self.kinds or sum(b - a for a, b in groups) < 7:
            return None
        start = at
        if start > self.found_end and text[start - 1] == "(" and ")" in text[start:end]:
            start -= 1
        if start > self.found_end and text[start - 1] == "+":
            start -= 1
        return "phone", start, end


def _checked(iban: str) -> str:
    """The IBAN with the check digits that belong to the rest."""
    compact = re.sub("[ -]", "", iban)
    number = int("".join(str(int(c, 36)) for c in compact[4:] + compact[:2] + "00"))
    places = [at for at, c in enumerate(iban) if _ALNUM.match(c)]
    letters = list(iban)
    letters[places[2]], letters[places[3]] = f"{98 - number % 97:02}"
    return "".join(letters)


def _stand_in(call: Call, kind: str, found: str) -> str:
    value = found.encode("latin-1")
    prf = call.prf.child(kind)
    short, stream = base32(prf.word(value), 13), prf.stream(value)
    if kind in ("email", "host", "url"):
        return {"email": f"{short}@example.com", "host": f"{short}.example.com"}.get(
            kind, f"https://example.com/{short}"
        )
    if kind == "ip":
        block = prf.block(value)
        if ":" not in found:
            return "10." + ".".join(str(byte) for byte in block[:3])
        return "2001:db8:" + ":".join(block[at : at + 2].hex() for at in range(0, 12, 2))
    if kind == "mac":
        return "02:" + ":".join(f"{byte:02x}" for byte in prf.block(value)[:5])
    out, seen = "", 0
    for character in found:
        is_free = _ALNUM.match(character) and not (kind == "iban" and seen < 4)
        seen += bool(_ALNUM.match(character))
        if not is_free:
            out += character
        elif character.isdigit():
            out += str(stream.below(10))
        else:
            out += chr(ord("A" if character.isupper() else "a") + stream.below(26))
    if kind == "card":
        last = max(at for at, c in enumerate(out) if c.isdigit())
        candidates = [out[:last] + str(digit) + out[last + 1 :] for digit in range(10)]
        return next(card for card in candidates if luhn_sum(card) == 0)
    return _checked(out) if kind == "iban" else out


def mask(call: Call) -> bytes:
    reader = _Reader(call)
    text, out, at = reader.text, "", 0
    while at < len(text):
        found = reader.find(at)
        if found is None:
            out, at = out + text[at], at + 1
            continue
        kind, start, end = found
        out = out[: len(out) - (at - start)] if start < at else out + text[at:start]
        if kind == "date":
            out += text[start:end]
        elif call.parameters.get("with") == "mask":
            out += _stand_in(call, kind, text[start:end])
        else:
            out += f"[{kind}]"
        at = reader.found_end = end
    result = out.encode("latin-1").decode()
    return result[: call.column.chars_max].encode()
