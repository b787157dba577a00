"""Weighs names against values: what a column is, how sure that is, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pgsluice.recognition.model import ENOUGH, Confidence, Finding, Recogniser, Subject

# Shares of different values.
_MOST = 0.5
_FITTING = 0.7
_SOME = 0.15
_NONE = 0.05
# With a name that says so, as many values are enough.
_FEW = 3
# An unlikely form in one of a thousand values is no chance where a thousandth is what is looked for.
_SPARSE_SHARE = 0.1

_SAYS, _HINTS, _SILENT = 2, 1, 0


@dataclass(frozen=True)
class _Named:
    """What a name says for one recogniser."""

    strength: int
    phrase: str = ""
    end: int = 0  # where the phrase stands in the name: in most languages the last word is the thing


def judge(subject: Subject, recognisers: Sequence[Recogniser]) -> Finding | None:
    """Give the surest finding; None where neither name nor values say anything.

    A finding of LOW confidence says that there may be something: the column is not to be kept because of it.
    """
    named = _without_parts_of_others(
        [(asked, _named(asked, subject)) for asked in recognisers if subject.type_kind in asked.kinds]
    )
    best: tuple[tuple[int, int, int, int], Finding] | None = None
    # Who is named goes first: where name and values agree, nobody else is asked.
    for place, (recogniser, name) in sorted(enumerate(named), key=lambda item: (-item[1][1].strength, item[0])):
        if best is not None and best[0][:2] == (Confidence.HIGH, _SAYS) and name.strength < _SAYS:
            break
        finding = _weigh(recogniser, name, subject)
        if finding is not None:
            rank = (finding.confidence, name.strength, name.end, -place)
            best = max(best or (rank, finding), (rank, finding), key=lambda item: item[0])
    return None if best is None else best[1]


def _named(recogniser: Recogniser, subject: Subject) -> _Named:
    strength, phrase, end = _SILENT, "", 0
    for name in (subject.name, *subject.also_named):
        for listed, says in (
            (recogniser.words, True),
            (recogniser.weak_words, _is_at_home(recogniser, subject)),
        ):
            found = name.longest_of(listed)
            if found is None or not (says or _may_hint(recogniser)):
                continue
            weight = _SAYS if says and not name.is_turned else _HINTS
            if (weight, len(found)) > (strength, len(phrase)):
                strength, phrase = weight, found
                end = "".join(name.single).rfind(found) + len(found)
    if strength == _SILENT and (found := subject.described.longest_of(recogniser.words)) is not None:
        return _Named(_HINTS, found)
    return _Named(strength, phrase, end)


def _is_at_home(recogniser: Recogniser, subject: Subject) -> bool:
    """Whether the table makes a weak word say as much as a strong one."""
    in_table = subject.table.longest_of(recogniser.tables) is not None
    return in_table or (recogniser.is_weak_of_people and subject.is_about_people)


def _may_hint(recogniser: Recogniser) -> bool:
    """Whether a weak word says anything in other tables than its own."""
    return not recogniser.tables


def _without_parts_of_others(named: list[tuple[Recogniser, _Named]]) -> list[tuple[Recogniser, _Named]]:
    """Take what a word says away where it is part of a longer phrase: no street in "email address"."""
    phrases = {name.phrase for _, name in named if name.strength == _SAYS}
    return [
        (
            recogniser,
            _Named(_SILENT) if any(name.phrase != other and name.phrase in other for other in phrases) else name,
        )
        for recogniser, name in named
    ]


def _weigh(recogniser: Recogniser, name: _Named, subject: Subject) -> Finding | None:
    values = subject.values
    if not values.different or (recogniser.is_one is None and recogniser.may_be_one is None):
        return _by_name(recogniser, name, subject)
    is_sparse = recogniser.alone_share < _SPARSE_SHARE
    share = values.share(recogniser.is_one, is_expected=bool(name.strength) or is_sparse) if recogniser.is_one else 0.0
    if name.strength == _SILENT:
        return _by_values(recogniser, share, subject)
    fitting = values.share(recogniser.may_be_one, is_expected=True) if recogniser.may_be_one else share
    if share >= _MOST:
        is_sure = values.different_count >= (_FEW if name.strength == _SAYS else ENOUGH)
        sure = Confidence.HIGH if is_sure else Confidence.MEDIUM
        return _finding(recogniser, subject, sure, f"by name and {_shares(share, subject)}{_proof(recogniser)}")
    if fitting >= _FITTING:
        if name.strength == _SAYS:
            return _finding(recogniser, subject, Confidence.MEDIUM, f"by name and form of {_counted(subject)}")
        return _finding(recogniser, subject, Confidence.LOW, "perhaps, by name and form")
    if name.strength == _SAYS:
        doubt = f"by name, but {_shares(max(share, fitting), subject)} can be one"
        return _finding(recogniser, subject, Confidence.LOW, doubt)
    if share >= _NONE:
        return _finding(recogniser, subject, Confidence.LOW, f"perhaps, by name and {_shares(share, subject)}")
    return None


def _by_name(recogniser: Recogniser, name: _Named, subject: Subject) -> Finding | None:
    is_seen = bool(subject.values.different)
    if name.strength == _SAYS:
        return _finding(recogniser, subject, Confidence.MEDIUM, "by name" if is_seen else "by name; no value was seen")
    if name.strength == _HINTS:
        return _finding(recogniser, subject, Confidence.LOW, "perhaps, by name")
    return None


def _by_values(recogniser: Recogniser, share: float, subject: Subject) -> Finding | None:
    reason = f"by {_shares(share, subject)}{_proof(recogniser)}"
    if share >= recogniser.alone_share:
        if subject.values.different_count >= ENOUGH:
            return _finding(recogniser, subject, recogniser.alone, reason)
        few = Confidence.MEDIUM if recogniser.alone is Confidence.HIGH else Confidence.LOW
        return _finding(recogniser, subject, few, reason)
    if share >= min(_SOME, recogniser.alone_share / 10):
        return _finding(recogniser, subject, Confidence.LOW, reason)
    return None


def _finding(recogniser: Recogniser, subject: Subject, confidence: Confidence, why: str) -> Finding:
    rules = recogniser.offers_for(subject)
    is_list = recogniser.has_public_lists and subject.table.longest_of(recogniser.words) is not None
    return Finding(
        # Where nothing of ours hides it, a person has to think of something.
        confidence=min(confidence, recogniser.at_most) if rules and not is_list else Confidence.LOW,
        rules=rules,
        reason=f"{recogniser.noun}, {why}" + ("; in a public list of them?" if is_list else ""),
        kind=recogniser.kind,
    )


def _proof(recogniser: Recogniser) -> str:
    return f" ({recogniser.proof})" if recogniser.proof else ""


def _counted(subject: Subject) -> str:
    seen = len(subject.values.different)
    return f"{seen:,} value{'s' if seen > 1 else ''}"


def _shares(share: float, subject: Subject) -> str:
    """Write a share without claiming more than was seen: all is all, none is none."""
    if share in {0.0, 1.0}:
        return f"{'all' if share else 'none'} of {_counted(subject)}"
    return f"{'under 1' if share < 0.01 else int(share * 100)} % of {_counted(subject)}"
