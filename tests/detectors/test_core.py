"""What a core makes of its rules: which windows and rules each kind concerns, and on what condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from detectors.core import Core
from detectors.interaction import KIND_CODES, Interaction, Kind, Party
from detectors.parties import CUSTOMERS, PARTY_BITS
from detectors.partition import Partition
from detectors.past import text_of
from detectors.plan import HEAD, UNREAD, WHOLE
from detectors.rules import Rule, discover
from detectors.windows import DAY_MS, Counter, Gaps, Trail, Window
from tests.detectors.lives import START_MS, event, run

if TYPE_CHECKING:
    from detectors.finding import Finding
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder

KINDS: Final = (Kind.PAGE_VIEWED, Kind.LOGIN_MADE)


def _is_loud(interaction: Interaction) -> bool:
    return interaction.text == "loud"


LOUD: Final = Trail("loud", KINDS, _is_loud, keep=3)
LOUD_COUNT: Final = Counter("loud_count", KINDS, _is_loud)
LOUD_GAPS: Final = Gaps("loud_gaps", LOUD)
ALL: Final = Counter("all", KINDS)


@dataclass(frozen=True)
class Listening(Rule):
    """Only reads."""

    name: ClassVar[str] = "listening"
    kinds: ClassVar[tuple[Kind, ...]] = ()
    reads: ClassVar[tuple[Window, ...]] = (LOUD, LOUD_COUNT, LOUD_GAPS, ALL)
    measures: ClassVar[tuple[str, str]] = ("words", "words")
    playbook: ClassVar[str] = "at_risk"


def test_only_what_meets_a_windows_condition_is_remembered_there() -> None:
    texts = ["loud", None, "quiet", "loud"]
    records = [event(n, START_MS + n * DAY_MS, KINDS[n % 2], text=text) for n, text in enumerate(texts)]
    made = run(Core([Listening()]), records)
    (who,) = made.partition.people.values()
    until = START_MS + 9 * DAY_MS
    assert [mark.id for mark in who.all_marks(LOUD)] == ["i0", "i3"]
    assert (who.counted(LOUD_COUNT, until, 90), who.counted(ALL, until, 90)) == (2, 4)
    rhythm = who.rhythm(LOUD_GAPS)
    assert rhythm is not None
    assert (rhythm.count, rhythm.last) == (2, START_MS + 3 * DAY_MS)
    assert made.partition.normal.total(LOUD_COUNT) < made.partition.normal.total(ALL)


def test_a_kind_is_decoded_only_as_far_as_somebody_reads() -> None:
    @dataclass(frozen=True)
    class Glancing(Listening):
        """Asks for nothing beyond the head of a login."""

        kinds: ClassVar[tuple[Kind, ...]] = (Kind.LOGIN_MADE,)
        reads: ClassVar[tuple[Window, ...]] = ()
        reads_head: ClassVar[bool] = True

    @dataclass(frozen=True)
    class Quoting(Glancing):
        """Keeps what was said."""

        reads: ClassVar[tuple[Window, ...]] = (Trail("said", (Kind.LOGIN_MADE,), keep=2, quotes=text_of),)

    code, other = KIND_CODES[Kind.LOGIN_MADE], KIND_CODES[Kind.PAGE_VIEWED]
    for rule, depth in ((Glancing(), HEAD), (Quoting(), WHOLE), (Listening(), WHOLE)):
        assert Core([rule]).depths[code] == depth, rule
    assert Core([Glancing()]).depths[other] == UNREAD
    assert Core([Glancing()]).depths[255] == WHOLE
    assert Core([Glancing()]).depths[KIND_CODES[Kind.MENTION_MADE]] == WHOLE


def test_of_a_kind_read_by_its_head_the_rest_is_decoded_where_a_condition_on_the_head_asks_for_it() -> None:
    quotes = Trail(
        "quotes",
        (Kind.TICKET_OPENED,),
        lambda interaction: interaction.complaint is True,
        keep=9,
        quotes=text_of,
        tests_head=True,
    )
    wholes: list[bool] = []

    @dataclass(frozen=True)
    class Quoting(Listening):
        """Keeps the words of complaints and nothing else."""

        kinds: ClassVar[tuple[Kind, ...]] = (Kind.TICKET_OPENED,)
        reads: ClassVar[tuple[Window, ...]] = (quotes,)
        reads_head: ClassVar[bool] = True

        def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
            wholes.append(interaction.event is not None)
            return None

    rules = Core([Quoting()])
    assert rules.depths[KIND_CODES[Kind.TICKET_OPENED]] == HEAD
    words = [(True, "broken"), (False, "thanks"), (None, "hm"), (True, "still broken")]
    made = run(
        rules,
        [
            event(2 * number, START_MS + number * DAY_MS, "ticket_opened", complaint=complaint, text=text)
            for number, (complaint, text) in enumerate(words)
        ],
    )
    (who,) = made.partition.people.values()
    assert [(mark.id, mark.excerpt) for mark in who.all_marks(quotes)] == [("i0", "broken"), ("i6", "still broken")]
    assert wholes == [True, False, False, True]


def test_who_has_only_the_second_of_two_rhythms_can_be_forgotten() -> None:
    bought = Trail("bought", (Kind.PURCHASE_MADE,), keep=2)
    asked = Trail("asked", (Kind.ENQUIRY_MADE,), keep=2)
    gaps = Gaps("a_gaps", bought), Gaps("b_gaps", asked)

    @dataclass(frozen=True)
    class Both(Listening):
        """Reads two rhythms."""

        reads: ClassVar[tuple[Window, ...]] = (bought, asked, *gaps)

    made = run(
        Core([Both()], forget_after_days=30), [event(n, START_MS + n * DAY_MS, "enquiry_made") for n in range(4)]
    )
    (who,) = made.partition.people.values()
    assert who.rhythm(gaps[0]) is None
    assert made.partition.normal.rhythm(gaps[1]).people == 1
    made.pass_all(START_MS + 90 * DAY_MS)
    assert made.partition.people == {}
    assert made.partition.normal.rhythm(gaps[1]).people == 0


def test_a_kind_that_concerns_nobody_has_no_plan() -> None:
    rules = Core([Listening()])
    concerned = {kind for kind, code in KIND_CODES.items() if rules.plan(code, CUSTOMERS) is not None}
    assert set(KINDS) <= concerned
    assert Kind.PURCHASE_MADE not in concerned


def test_a_kind_is_read_of_the_parties_whom_a_rule_concerns_and_of_no_other() -> None:
    shared = Counter("shared", (Kind.CONTENT_SHARED,))
    said = Trail("said", (Kind.CONTENT_SHARED,), keep=2, quotes=text_of)

    @dataclass(frozen=True)
    class Inside(Listening):
        """Listens to employees."""

        kinds: ClassVar[tuple[Kind, ...]] = (Kind.CONTENT_SHARED,)
        reads: ClassVar[tuple[Window, ...]] = (shared,)
        parties: ClassVar[tuple[Party, ...]] = (Party.EMPLOYEE,)
        reads_head: ClassVar[bool] = True

        def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
            return None

    @dataclass(frozen=True)
    class Outside(Inside):
        """Listens to what investors say as well."""

        name: ClassVar[str] = "outside"
        reads: ClassVar[tuple[Window, ...]] = (said,)
        parties: ClassVar[tuple[Party, ...]] = (Party.INVESTOR,)
        reads_head: ClassVar[bool] = False

    code = KIND_CODES[Kind.CONTENT_SHARED]
    rules = Core([Inside(), Outside()])
    assert rules.depths[code] == UNREAD
    assert rules.plan(code, CUSTOMERS) is None
    read = {party: rules.plan(code, bits) for party, bits in PARTY_BITS.items()}
    assert {party for party, plan in read.items() if plan is not None} == {"employee", "investor"}
    both = rules.plan(code, PARTY_BITS["employee"] | PARTY_BITS["investor"])
    assert both is not None
    assert [len(each) for each in (both.counters, both.trails, both.rules)] == [1, 1, 2]
    acting = ("customer", "employee", "investor", "unknown")
    records = [
        event(number, START_MS + number * DAY_MS, "content_shared", person=person, party=party, text="look")
        for number, (person, party) in enumerate(
            [(person, party) for person in ("ann", "bob") for party in acting] + [("cleo", "customer")]
        )
    ]
    made = run(rules, records)
    ann, bob, cleo = made.partition.people.values()
    for who in (ann, bob):
        assert who.counted(shared, START_MS + 8 * DAY_MS, 90) == 2  # as an employee, and once unsaid
        assert [mark.excerpt for mark in who.all_marks(said)] == ["look", "look"]
        assert [who.party, *(role.party for role in who.roles or ())] == ["employee", "investor"]
    assert (cleo.party, cleo.log, cleo.trails) == ("", b"", [])


def test_a_rule_that_is_off_is_not_asked_but_its_windows_are_kept() -> None:
    on, off = (Core([made(enabled=enabled) for made in discover().values()]) for enabled in (True, False))
    assert off.rules == {}
    assert on.rules.keys() == discover().keys()
    assert [window.name for window in on.catalogue.trails] == [window.name for window in off.catalogue.trails]
    assert on.knobs == off.knobs


def test_another_set_of_rules_in_the_same_process_changes_nothing() -> None:
    records = [
        event(0, START_MS, "page_viewed", party="investor", page="/careers"),
        event(1, START_MS + DAY_MS, "page_viewed", party="investor", page="/careers"),
    ]
    alone = run(Core([made() for made in discover().values()]), records).partition.people[b"ann"].trails
    first = Core([made() for made in discover().values()])
    Core([made(enabled=False) for made in discover().values()])
    assert run(first, records).partition.people[b"ann"].trails == alone
    assert any(alone)


def test_days_until_somebody_is_forgotten_are_rounded_up_to_weeks() -> None:
    assert [Core([], forget_after_days=days).forget_weeks for days in (1, 7, 8, 400)] == [1, 1, 2, 58]


def test_without_rules_everything_is_still_read() -> None:
    partition = Partition(Core([]))
    assert partition.apply([event(0, START_MS, "purchase_made")]) == 1
    assert partition.people[b"ann"].log == b""
