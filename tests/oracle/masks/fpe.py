"""`fpe`."""

from oracle import ff1
from oracle.column import Call
from oracle.numerals import DIGITS, LETTERS, chain
from oracle.permutation import permute

_NAMED = {
    "digits": DIGITS,
    "lower": LETTERS[26:],
    "upper": LETTERS[:26],
    "letters": LETTERS,
    "alphanumeric": DIGITS + LETTERS,
    "hex": "0123456789abcdef",
    "hex-upper": "0123456789ABCDEF",
}


def _alphabet(call: Call) -> str:
    characters = call.parameters.get("characters") or _NAMED[call.parameters.get("alphabet", "alphanumeric")]
    if not call.column.is_case_insensitive:
        return str(characters)
    lowered = [c.lower() if len(c.lower()) == 1 else c for c in characters]
    return "".join(dict.fromkeys(lowered))


def _number(numerals: list[int], radix: int) -> int:
    number = 0
    for numeral in numerals:
        number = number * radix + numeral
    return number


def _numerals(number: int, radix: int, length: int) -> list[int]:
    return [number // radix**at % radix for at in range(length)][::-1]


def mask(call: Call) -> bytes:
    alphabet = _alphabet(call)
    text = call.value.decode()
    numerals = [alphabet.index(character) for character in text if character in alphabet]
    r, n = len(alphabet), len(numerals)
    if n == 0:
        return call.value
    h = max(h for h in range(65) if r**h <= 2**64)
    c = -(-n // (2 * h))
    lengths = [n // c + 1] * (n % c) + [n // c] * (c - n % c)

    def permute_at(at: int, x: int, t: int) -> int:
        m = lengths[at]
        if r**m < 10**6:
            return permute(call.prf, r**m, x, t)
        tweak = t.to_bytes(8, "little")
        return _number(ff1.encrypt(call.prf.aes_key(), r, tweak, _numerals(x, r, m)), r)

    chunks = []
    rest = numerals
    for length in lengths:
        chunks.append(_number(rest[:length], r))
        rest = rest[length:]
    images = chain(call.prf, chunks, n, permute_at)
    written = [
        numeral for length, image in zip(lengths, images, strict=True) for numeral in _numerals(image, r, length)
    ]
    replaced = iter(written)
    return "".join(alphabet[next(replaced)] if c in alphabet else c for c in text).encode()
