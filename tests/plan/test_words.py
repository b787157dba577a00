"""The lists the word masks draw from."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pgsluice.errors import PlanRefusedError
from pgsluice.plan.words import WORD_LISTS, word_lists

SEED = bytes(range(32))


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "fr_FR", "ja_JP", "ar_EG", "es_CL", "fr_QC"])
def test_word_lists_of_a_locale_are_filled_clean_and_without_duplicates(locale):
    lists = word_lists(sorted(WORD_LISTS), locale, SEED)

    assert sorted(WORD_LISTS) == sorted(lists)
    for name, words in lists.items():
        assert len(words) >= 10, name
        assert len(words) == len(set(words)), name
        assert all(word == " ".join(word.split()) and 0 < len(word) <= 100 for word in words), name


def test_word_lists_user_names_fit_any_login_column():
    for locale in ["en_US", "ja_JP", "ru_RU", "th_TH"]:
        words = word_lists(["user_name"], locale, SEED)["user_name"]

        assert all(word.isascii() and word.isalnum() and word == word.lower() for word in words)


def test_word_lists_en_us_have_hundreds_of_words():
    lists = word_lists(sorted(WORD_LISTS), "en_US", SEED)

    assert all(len(words) >= 200 for words in lists.values())


def test_word_lists_follow_the_seed_and_not_each_other():
    both = word_lists(["city", "company"], "en_US", SEED)

    assert both["city"] == word_lists(["city"], "en_US", SEED)["city"]
    assert both["city"] != word_lists(["city"], "en_US", b"other")["city"]


def test_word_lists_are_the_same_in_another_process():
    code = (
        "from pgsluice.plan.words import *; import hashlib;"
        "lists = word_lists(sorted(WORD_LISTS), 'de_DE', bytes(range(32)));"
        "print(hashlib.sha256(repr(lists).encode()).hexdigest())"
    )

    digests = {
        subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }

    assert len(digests) == 1


def test_word_lists_take_a_locale_with_a_hyphen():
    assert word_lists(["city"], "de-DE", SEED) == word_lists(["city"], "de_DE", SEED)


@pytest.mark.parametrize(("locale", "nearest"), [("de_ED", "de_DE"), ("", "en_US"), ("../etc", ""), ("klingon", "")])
def test_word_lists_unknown_locale_is_refused_with_the_nearest(locale, nearest):
    with pytest.raises(PlanRefusedError) as refused:
        word_lists(["city"], locale, SEED)

    assert f'"{locale}"' in refused.value.message
    assert nearest in (refused.value.hint or "")


@pytest.mark.parametrize("name", ["shoe_size", "seed_instance", "__class__"])
def test_word_lists_unknown_list_is_refused(name):
    with pytest.raises(PlanRefusedError, match=name):
        word_lists([name], "en_US", SEED)


def test_importing_the_plan_does_not_import_faker():
    code = "import sys, pgsluice.plan.words; sys.exit('faker' in sys.modules)"

    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
