"""Every reason to keep, and what types say: asked in this order where no recogniser found anything."""

from __future__ import annotations

from collections.abc import Callable

from pgsluice.recognition.facts import ColumnFacts
from pgsluice.recognition.keepers.code import code
from pgsluice.recognition.keepers.flag import enumeration, flag
from pgsluice.recognition.keepers.key import surrogate_key
from pgsluice.recognition.keepers.measure import measure
from pgsluice.recognition.keepers.moment import moment
from pgsluice.recognition.keepers.typed import typed
from pgsluice.recognition.keepers.uuid import uuid
from pgsluice.recognition.model import Finding

KEEPERS: tuple[Callable[[ColumnFacts], Finding | None], ...] = (
    surrogate_key,
    uuid,
    typed,
    flag,
    enumeration,
    moment,
    measure,
    code,
)
