"""Every mask of the oracle by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oracle.column import Call, ColumnType
from oracle.keys import MasterKey
from oracle.masks import card, digits, email, fpe, hash, iban, keep, null, phone  # noqa: A004 - the mask's name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MASKS: dict[str, Callable[[Call], bytes | None]] = {
    "keep": keep.mask,
    "null": null.mask,
    "hash": hash.mask,
    "email": email.mask,
    "digits": digits.mask,
    "phone": phone.mask,
    "card": card.mask,
    "iban": iban.mask,
    "fpe": fpe.mask,
}


def mask(
    name: str,
    key: bytes,
    domain: str,
    value: bytes,
    *,
    parameters: Mapping[str, Any] | None = None,
    column: ColumnType | None = None,
    words: Mapping[str, Sequence[str]] | None = None,
    row: Mapping[str, bytes | None] | None = None,
) -> bytes | None:
    """The replacement of `value`, in the type's send format; None for NULL.

    `value` is as a mask sees it: an array's element, char(n) without padding, citext in lower case.
    """
    master = MasterKey(key)
    call = Call(
        prf=master.prf(name, domain),
        value=value,
        parameters=parameters or {},
        column=column or ColumnType(),
        key=master,
        domain=domain,
        words=words or {},
        row=row or {},
    )
    return MASKS[name](call)
