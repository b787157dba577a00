"""The oracle and the Rust core agree: both compute what known_answers.json says."""

import pytest

from oracle import ff1, registry, sealing
from oracle.keys import MasterKey
from oracle.known_answers import KEY, PATH, Row, answer, dump, load
from oracle.permutation import permute, siphash24

ROWS = load()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['mask']}-{row['type']['name']}")
def test_known_answers_computed_again_are_equal(row: Row) -> None:
    assert row["masked"] == answer(row)


def test_known_answers_name_every_mask_of_the_oracle() -> None:
    assert {row["mask"] for row in ROWS} == registry.MASKS.keys()


def test_known_answers_written_again_are_the_file() -> None:
    assert PATH.read_text(encoding="utf-8") == dump(ROWS)


def test_siphash_of_the_paper_comes_out() -> None:
    """Aumasson and Bernstein, "SipHash: a fast short-input PRF", appendix A."""
    assert siphash24(bytes(range(16)), bytes(range(15))) == 0xA129CA6149BE45E5


@pytest.mark.parametrize(
    ("radix", "tweak", "plain", "sealed"),
    [
        (10, b"", "0123456789", "6657667009"),
        (10, b"9876543210", "0123456789", "1001623463"),
        (36, b"7777pqrs777", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
    ],
)
def test_ff1_samples_7_to_9_of_nist_come_out(radix: int, tweak: bytes, plain: str, sealed: str) -> None:
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94")

    numerals = ff1.encrypt(key, radix, tweak, [int(numeral, 36) for numeral in plain])

    assert [int(numeral, 36) for numeral in sealed] == numerals


def test_hchacha20_of_the_draft_comes_out() -> None:
    """draft-irtf-cfrg-xchacha-03, section 2.2.1."""
    nonce = bytes.fromhex("000000090000004a0000000031415927")

    subkey = sealing.hchacha20(bytes(range(32)), nonce)

    assert subkey.hex() == "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc"


def test_permutation_of_small_sets_hits_each_once() -> None:
    prf = MasterKey(KEY).prf("key", "d")
    for count in (1, 2, 3, 9, 10, 100, 257):
        assert sorted(permute(prf, count, value, 3) for value in range(count)) == list(range(count))


def test_seal_opened_gives_the_plaintext_and_no_other() -> None:
    sealed = sealing.seal(KEY, b"run/table/1", b"a key")

    assert sealed.hex() == (
        "014104acdcf55bf550e568bb75c2ff4fdb330fcd9ae5833b622784cb83f4b7d9f7abb902feffe8ebed883965166d"
    )
    assert sealing.open_sealed(KEY, b"run/table/1", sealed) == b"a key"
    assert sealing.open_sealed(KEY, b"run/table/2", sealed) is None
