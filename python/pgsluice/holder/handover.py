"""Owns what a copy and its holder say to each other, over two pipes: a line of JSON each way, then single words."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pgsluice.catalog.moment import Holder
from pgsluice.driver import Dsn
from pgsluice.driver.tls import Tls

# The copy's words after the holder's answer. Without the first one the holder ends when its copy does.
KEEP, END = b"keep\n", b"end\n"


@dataclass(frozen=True)
class Order:
    """What a holder is to keep, and for how long. It goes through a pipe: the password is on no disk."""

    dsn: Dsn
    snapshot_name: str
    tables: list[tuple[str, str]]
    application_name: str
    seconds_max: float

    def written(self) -> bytes:
        """Give it as a line."""
        return json.dumps(asdict(self)).encode() + b"\n"


def read_order(line: bytes) -> Order:
    """Read the line of an order."""
    fields = json.loads(line)
    dsn = Dsn(**fields["dsn"] | {"tls": Tls(**fields["dsn"]["tls"])})
    return Order(**fields | {"dsn": dsn, "tables": [(schema, name) for schema, name in fields["tables"]]})


def write_answer(holder: Holder) -> bytes:
    """Give what a copy must know as a line."""
    fields = asdict(holder) | {"since": holder.since.isoformat(), "until": holder.until.isoformat()}
    return json.dumps({"holder": fields}).encode() + b"\n"


def write_failure(message: str, detail: str | None, hint: str | None) -> bytes:
    """Give an error as a line."""
    return json.dumps({"failure": [message, detail, hint]}).encode() + b"\n"


def read_answer(line: bytes) -> Holder | tuple[str, str | None, str | None]:
    """Read the line of a holder: itself, or message, detail and hint of what went wrong."""
    found: dict[str, Any] = json.loads(line)
    if "failure" in found:
        message, detail, hint = found["failure"]
        return message, detail, hint
    fields = found["holder"]
    since, until = datetime.fromisoformat(fields["since"]), datetime.fromisoformat(fields["until"])
    return Holder(**fields | {"since": since, "until": until})
