"""Every mask of the oracle by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oracle.column import Call, ColumnType
from oracle.keys import MasterKey
from oracle.masks import (
    bucket,
    card,
    choice,
    digits,
    email,
    fpe,
    hash,  # noqa: A004 - the name of the mask
    iban,
    ip,
    json,
    keep,
    key,
    mac,
    noise,
    null,
    person_name,
    phone,
    redact,
    shift_date,
    text,
    token,
    truncate_date,
    url,
    username,
    uuid,
)
from oracle.masks import (
    words as word_masks,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MASKS: dict[str, Callable[[Call], bytes | None]] = {
    "keep": keep.mask,
    "null": null.mask,
    "hash": hash.mask,
    "token": token.mask,
    "email": email.mask,
    "person-name": person_name.mask,
    "username": username.mask,
    "street": word_masks.of_list("street_name"),
    "city": word_masks.of_list("city"),
    "postcode": word_masks.of_list("postcode"),
    "country": word_masks.of_list("country"),
    "company": word_masks.of_list("company"),
    "url": url.mask,
    "text": text.mask,
    "digits": digits.mask,
    "phone": phone.mask,
    "card": card.mask,
    "iban": iban.mask,
    "fpe": fpe.mask,
    "key": key.mask,
    "uuid": uuid.mask,
    "fixed": choice.fixed,
    "choice": choice.mask,
    "shift-date": shift_date.mask,
    "truncate-date": truncate_date.mask,
    "noise": noise.mask,
    "bucket": bucket.mask,
    "ip": ip.mask,
    "mac": mac.mask,
    "json": json.mask,
    "redact": redact.mask,
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
    return mask_with(MasterKey(key), name, domain, value, parameters=parameters, column=column, words=words, row=row)


def mask_with(
    key: MasterKey,
    name: str,
    domain: str,
    value: bytes,
    *,
    parameters: Mapping[str, Any] | None = None,
    column: ColumnType | None = None,
    words: Mapping[str, Sequence[str]] | None = None,
    row: Mapping[str, bytes | None] | None = None,
) -> bytes | None:
    """As `mask`, for rules inside a value."""
    call = Call(
        prf=key.prf(name, domain),
        value=value,
        parameters=parameters or {},
        column=column or ColumnType(),
        key=key,
        domain=domain,
        words=words or {},
        row=row or {},
    )
    return MASKS[name](call)
