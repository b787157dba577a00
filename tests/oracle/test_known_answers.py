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


def test_keys_and_permutations_are_those_of_the_rust_tests() -> None:
    prf = MasterKey(KEY).prf("key", "d")
    stream = prf.stream(b"a")

    assert MasterKey(KEY).id() == "a5dcbf241ffdaac2"
    assert [stream.u64() for _ in range(5)] == [
        10872024026659579724,
        15725086895794546873,
        745057271771306681,
        5569087284553340027,
        8388155636863870615,
    ]
    assert prf.child("x").word(b"a") == 233624006955576907776815191074140153101
    assert [permute(prf, count, count // 3, 5) for count in (10, 1000, 900_000_000, 2**32, 10**38, 2**128)] == [
        2,
        916,
        733217922,
        598706053,
        7141587405866014424534858571170309136,
        250909251001494066138233163674054279631,
    ]


def test_seal_opened_gives_the_plaintext_and_no_other() -> None:
    sealed = sealing.seal(KEY, b"run/table/1", b"a key")

    assert sealed.hex() == (
        "0110c6c47c12f4e642097e9943015ae2c71c25ae9d59ad174ad70533c4b5048df65729849fda7479733ec5fbaa20"
    )
    assert sealing.open_sealed(KEY, b"run/table/1", sealed) == b"a key"
    assert sealing.open_sealed(KEY, b"run/table/2", sealed) is None
