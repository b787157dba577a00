"""Check digits of numbers that name people and accounts. What is asked is a text; what is no such text fails."""

from __future__ import annotations

import re

_IBAN = re.compile(r"[A-Z]{2}\d{2}[0-9A-Z]{11,30}")
_LETTERS_OF_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_FISCAL_CODE = re.compile(r"[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]")
# What a character at an odd place of a codice fiscale adds (Decreto ministeriale 23 December 1976).
_ODD_OF_FISCAL_CODE = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23],
        strict=True,
    )
)  # fmt: skip


def has_luhn(digits: str) -> bool:
    """Cards, IMEIs, Canadian and Swedish numbers: every second digit from the right doubled (ISO/IEC 7812-1)."""
    if not _only_digits(digits) or len(digits) < 2:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """ISO 13616: two letters, check digits, 15 to 34 characters in all, remainder 1 by ISO 7064 MOD 97-10."""
    compact = text.replace(" ", "").upper()
    if not compact.isascii() or not _IBAN.fullmatch(compact) or compact[2:4] in {"00", "01", "99"}:
        return False
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def is_german_tax_id(digits: str) -> bool:
    """Steuer-Identifikationsnummer: 11 digits, check digit by ISO 7064 MOD 11,10, one digit repeated."""
    if not _only_digits(digits, 11) or digits[0] == "0":
        return False
    counts = sorted(digits[:10].count(digit) for digit in set(digits[:10]))
    if counts[-1] not in {2, 3} or counts[:-1] != [1] * (len(counts) - 1):
        return False
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def is_spanish_id(text: str) -> bool:
    """DNI and NIE: eight digits, or X, Y, Z and seven, and the letter of the number modulo 23."""
    compact = text.upper()
    if not re.fullmatch(r"[0-9XYZ][0-9]{7}[A-Z]", compact):
        return False
    number = int(compact[:8].translate(str.maketrans("XYZ", "012")))
    return _LETTERS_OF_DNI[number % 23] == compact[8]


def is_french_id(text: str) -> bool:
    """Numéro de sécurité sociale (NIR): 13 characters and 97 minus their remainder; Corsica is 2A and 2B."""
    compact = text.upper()
    if not re.fullmatch(r"[1-478][0-9]{2}[0-9]{2}[0-9][0-9AB][0-9]{8}", compact):
        return False
    number = compact[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(compact[13:])


def is_italian_id(text: str) -> bool:
    """Codice fiscale: sixteen characters, the last one a sum of the others modulo 26."""
    compact = text.upper()
    if not _FISCAL_CODE.fullmatch(compact):
        return False
    total = sum(_ODD_OF_FISCAL_CODE[char] for char in compact[0:15:2])
    total += sum(int(char, 36) - (10 if char.isalpha() else 0) for char in compact[1:15:2])
    return chr(ord("A") + total % 26) == compact[15]


def is_dutch_id(digits: str) -> bool:
    """Burgerservicenummer: nine digits that pass the 11-test."""
    if not _only_digits(digits, 9) or digits == "000000000":
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 == 0


def is_polish_id(digits: str) -> bool:
    """PESEL: a date with the century in its month, a number and a weighted sum."""
    if not _only_digits(digits, 11) or not 1 <= int(digits[2:4]) % 20 <= 12 or not 1 <= int(digits[4:6]) <= 31:
        return False
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 10 == 0


def is_brazilian_id(digits: str) -> bool:
    """CPF: nine digits and two check digits modulo 11; all digits alike are not given out."""
    if not _only_digits(digits, 11) or len(set(digits)) == 1:
        return False
    return all(_brazilian_check(digits[:length]) == int(digits[length]) for length in (9, 10))


def is_swedish_id(text: str) -> bool:
    """Personnummer: a date, a hyphen or a plus, three digits and a Luhn digit over the last ten."""
    digits = re.sub(r"[-+]", "", text)
    if not _only_digits(digits) or len(digits) not in {10, 12}:
        return False
    short = digits[-10:]
    return 1 <= int(short[2:4]) <= 12 and 1 <= int(short[4:6]) <= 31 and has_luhn(short)


def is_swiss_id(digits: str) -> bool:
    """AHV number: 756, nine digits and the check digit of an EAN-13."""
    if not _only_digits(digits, 13) or not digits.startswith("756"):
        return False
    return sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(digits)) % 10 == 0


def _brazilian_check(digits: str) -> int:
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(len(digits) + 1, 1, -1), strict=True))
    return (11 - total % 11) % 11 % 10


def _only_digits(text: str, length: int | None = None) -> bool:
    return text.isascii() and text.isdigit() and (length is None or len(text) == length)
