"""Goes through a database: which columns need a rule, what each of them is, and which rules a copy would accept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pgsluice.catalog.model import Catalog, Column, Relation
from pgsluice.config.rules import Pattern, Rule, Rules
from pgsluice.plan.build import choose
from pgsluice.plan.decisions import FREE_TYPES, Decider
from pgsluice.recognition.columns import judge_column
from pgsluice.recognition.facts import Facts, Place, column_facts
from pgsluice.recognition.follow import Follow, partition_columns, roots
from pgsluice.recognition.model import Confidence, Finding, Values
from pgsluice.recognition.names import words
from pgsluice.recognition.people import is_about_people, is_number_of_a_person
from pgsluice.recognition.recognisers.listed import RECOGNISERS
from pgsluice.recognition.references import referenced_by_name
from pgsluice.recognition.samples import Sample
from pgsluice.recognition.trial import accepted

# Columns of so many of these kinds make a table one about people, whatever it is called.
_PERSONAL = ("email", "phone", "person-name", "first-name", "last-name", "birth-date", "national-id", "street")
_PERSONAL_MIN = 2


@dataclass(frozen=True)
class Proposal:
    """What is proposed for a column. `rule` is None where it is left to a person; the finding may hold a guess."""

    column: Column
    finding: Finding
    rule: Rule | None


@dataclass(frozen=True)
class TableProposals:
    """What is proposed for a table, in the order of its columns."""

    relation: Relation
    columns: tuple[Proposal, ...]
    # Columns that take the rule of a key: name, and what the key is called.
    following: tuple[tuple[str, str], ...]
    generated: tuple[str, ...]
    sample_rows: int
    # Why its rows were not looked at, or not all that were wanted.
    note: str


@dataclass(frozen=True)
class Listed:
    """Columns that a file leaves to a person in so many words: as (table, column), or by a pattern."""

    columns: frozenset[tuple[str, str]] = frozenset()
    patterns: tuple[Pattern, ...] = ()

    def has(self, relation: Relation, column: Column) -> bool:
        """Whether the file speaks of a column."""
        return (relation.label, column.name) in self.columns or any(
            pattern.matches(schema=relation.schema, table=relation.name, column=column.name, type_name="")
            for pattern in self.patterns
        )


class Scope:
    """What is to be decided: the columns without a rule, in tables that would be copied, and the keys above them."""

    def __init__(self, catalog: Catalog, rules: Rules, patterns: Sequence[str], listed: Listed) -> None:
        """Leave out columns that are `listed` as a person's to decide already."""
        self.catalog = catalog
        self.rules = rules
        self.follow = Follow(catalog)
        self._listed = listed
        chosen, _ = choose(catalog, patterns)
        doubled = {label for label, count in Counter(found.label for found in catalog.relations).items() if count > 1}
        self.namesakes = sorted(doubled & {relation.label for relation in chosen})
        self.leaves = [relation for relation in chosen if relation.label not in doubled]
        self.chosen = roots(self.leaves, catalog)
        self._decided: dict[Place, Rule] = {}
        self.still_open_count = 0
        self._leaves: dict[int, list[Relation]] = {}
        for relation in catalog.relations:
            if relation.kind == "r":
                self._leaves.setdefault(relation.root_oid, []).append(relation)
        self.open: dict[int, list[Column]] = self._open()

    @property
    def tables(self) -> list[Relation]:
        """The tables with something to decide."""
        return roots((self.catalog.by_oid[oid] for oid in self.open), self.catalog)

    @property
    def shown(self) -> list[Relation]:
        """The tables with something to decide; for a new file also those whose columns all follow keys."""
        is_new = not self.rules.patterns and not self.rules.tables
        return roots((*self.tables, *(self.chosen if is_new else ())), self.catalog)

    def leaves_of(self, relation: Relation) -> list[Relation]:
        """The tables that hold the rows of one, the largest first."""
        found = self._leaves.get(relation.oid, ())
        return sorted(found, key=lambda leaf: (-leaf.size_bytes, leaf.label))

    def decided(self, place: Place) -> Finding | None:
        """What the rules say of a column already."""
        rule = self._decided.get(self.follow.leader(place))
        return None if rule is None else Finding(Confidence.HIGH, (rule,), "it has a rule", "decided")

    def _open(self) -> dict[int, list[Column]]:
        decider = Decider(self.catalog, self.rules)
        places: set[Place] = set()
        for relation in {relation.oid: relation for relation in (*self.chosen, *self.leaves)}.values():
            decisions = decider.decide(relation)
            self._decided |= {
                self.follow.root((relation.oid, name)): decision.rule
                for name, decision in decisions.items()
                if decision.follows is None
            }
            places.update(
                self.follow.leader((relation.oid, column.name))
                for column in relation.columns
                if column.name not in decisions
            )
        found: dict[int, list[Column]] = {}
        for oid, name in places:
            relation = self.catalog.by_oid[oid]
            column = relation.column_by_name[name]
            if self._listed.has(relation, column):
                self.still_open_count += 1
            else:
                found.setdefault(oid, []).append(column)
        return {oid: sorted(columns, key=lambda column: column.ordinal) for oid, columns in found.items()}


class Proposer:
    """Takes one table's sample after the other and forgets it; `finish` gives what is proposed for all."""

    def __init__(self, scope: Scope, facts: Facts) -> None:
        self._scope = scope
        self._facts = facts
        self._partition = partition_columns(scope.catalog)
        self._findings: dict[Place, Finding] = {}
        self._looked: dict[int, tuple[int, str]] = {}

    def take(self, relation: Relation, sample: Sample) -> None:
        """Judge the open columns of a table."""
        self._looked[relation.oid] = (sample.rows, sample.note)
        about_people = is_about_people(words(relation.name)) or _personal_count(relation) >= _PERSONAL_MIN
        of_a_person = self._refers_to_people(relation)
        for column in self._scope.open[relation.oid]:
            facts = column_facts(
                relation,
                column,
                self._facts,
                values=Values(sample.columns.get(column.name, ())),
                is_about_people=about_people,
                is_of_a_person=of_a_person,
                decides_partition=self._decides_partition((relation.oid, column.name)),
            )
            self._findings[relation.oid, column.name] = judge_column(facts)

    def finish(self) -> tuple[TableProposals, ...]:
        """Settle what depends on other tables, try every rule as a copy would, and give the proposals."""
        scope = self._scope
        findings = self._findings
        for place in sorted(findings):
            findings[place] = self._settled(place)
        findings |= referenced_by_name(scope.catalog, findings, scope.decided)
        offers = {
            place: tuple(self._with_reason(place, rule) for rule in found.rules)
            for place, found in findings.items()
            if found.confidence > Confidence.LOW
        }
        leaves = [leaf for leaf in scope.catalog.relations if self._is_compiled(leaf)]
        rules, refused = accepted(scope.catalog, leaves, scope.rules, offers, scope.follow)
        for place, reason in refused.items():
            why = f"{findings[place].reason}; no mask fits: {reason}"
            findings[place] = replace(findings[place], confidence=Confidence.LOW, rules=(), reason=why)
        return tuple(self._proposals(relation, rules) for relation in scope.shown)

    def _refers_to_people(self, relation: Relation) -> bool:
        """By a foreign key to a table of people, or by the name of a column."""
        referenced = (self._scope.catalog.by_oid.get(key.referenced_oid) for key in relation.foreign_keys)
        return any(is_about_people(words(found.name)) for found in referenced if found is not None) or any(
            is_number_of_a_person(words(column.name)) for column in relation.columns
        )

    def _with_reason(self, place: Place, rule: Rule) -> Rule:
        """What may hold anything is kept with a reason, as the plan asks."""
        column = self._scope.catalog.by_oid[place[0]].column_by_name[place[1]]
        if rule.mask != "keep" or column.type.name not in FREE_TYPES:
            return rule
        return replace(rule, parameters={"reason": self._findings[place].reason})

    def _decides_partition(self, place: Place) -> bool:
        return not self._partition.isdisjoint(self._scope.follow.group(place))

    def _is_compiled(self, relation: Relation) -> bool:
        """Partitions count, the table above them holds no row."""
        return relation.kind == "r" and relation.extension is None

    def _settled(self, place: Place) -> Finding:
        """What foreign keys ask for: one rule for all that they tie together, and one type if that is a mask."""
        found = self._findings[place]
        if found.confidence is Confidence.LOW or found.is_keep:
            others = [self._findings.get(leader) for leader in self._scope.follow.leaders(place) if leader != place]
            masked = [other for other in others if other is not None and not other.is_keep]
            return _left(found, "another key that a column refers to as well is not kept") if masked else found
        if not self._scope.follow.is_of_one_type(place):
            return _left(found, "a column of another type refers to it, and a mask would give that other results")
        if len(self._scope.follow.leaders(place)) > 1:
            return _left(found, "a column refers to it and to another key, and both need one rule and one domain")
        return found

    def _proposals(self, relation: Relation, rules: dict[Place, Rule]) -> TableProposals:
        follow, oid = self._scope.follow, relation.oid
        rows, note = self._looked.get(oid, (0, ""))
        return TableProposals(
            relation=relation,
            columns=tuple(
                Proposal(column, self._findings[oid, column.name], rules.get((oid, column.name)))
                for column in self._scope.open.get(oid, ())
            ),
            following=tuple(
                (column.name, self._called(follow.leader((oid, column.name))))
                for column in relation.columns
                if follow.is_follower((oid, column.name)) and not column.is_generated
            ),
            generated=tuple(column.name for column in relation.columns if column.is_generated),
            sample_rows=rows,
            note=note,
        )

    def _called(self, place: Place) -> str:
        return f"{self._scope.catalog.by_oid[place[0]].label}.{place[1]}"


def _left(found: Finding, why: str) -> Finding:
    return replace(found, confidence=Confidence.LOW, reason=f"{found.reason}; {why}")


def _personal_count(relation: Relation) -> int:
    """How many columns are called like something of a person."""
    names = [name for column in relation.columns if not (name := words(column.name)).is_turned]
    lists = [found.words for found in RECOGNISERS if found.kind in _PERSONAL]
    return sum(1 for name in names if any(name.longest_of(listed) is not None for listed in lists))


def undecided(tables: Iterable[TableProposals]) -> int:
    """Count the columns that are left to a person."""
    return sum(1 for table in tables for proposal in table.columns if proposal.rule is None)
