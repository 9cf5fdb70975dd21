"""An investor who watches without a word: a life, near misses, contact, lateness, the end, and to and fro."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.rules.silent_watcher import SilentWatcher, host_of
from tests.detectors.lives import Run, at, core, life, run

WATCHED = """
    day 1   10:00  page_viewed  site      as=investor  page=/en/Investors/annual-report
    day 40  10:00  followed     linkedin  as=investor
    day 91  09:00  page_viewed  site      as=investor  page=/  referrer=https://uk.finance.yahoo.com/quote/ACME?p=1
"""


def watch(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("silent_watcher", **knobs), life(table), until=until)


@pytest.mark.parametrize("party", ["investor", "partner"])
def test_three_signs_within_90_days_without_contact_are_an_alert_to_the_owners_only(party: str) -> None:
    (opened,) = watch(WATCHED.replace("as=investor", f"as={party}")).versions
    assert (opened.status, opened.severity, opened.started_at) == ("open", "info", at(1, "10:00"))
    assert (opened.value, opened.threshold, opened.evidence) == (3, 3, (0, 1, 2))
    assert opened.shift == ("prospect", "silent_type")
    assert opened.summary == (
        "Watches us without a word: 3 signs of interest (visits, follows) within 90 days, the last on the website,"
        " and no contact."
    )


def test_what_was_looked_at_is_told() -> None:
    who = watch(WATCHED).partition.people[b"ann"]
    (rule,) = watch(WATCHED).core.rules.values()
    (trail, _) = rule.reads
    assert [mark.excerpt for mark in who.all_marks(trail)] == [  # type: ignore[arg-type]
        "/en/Investors/annual-report",
        None,
        "/",
    ]


@pytest.mark.parametrize(
    "change",
    [
        ("as=investor", "as=customer"),  # who looks at prices and careers as a customer does
        ("as=investor", "as=journalist"),
        ("day 1   10:00", "day 1   09:00"),  # 90 days before the last: the stretch is open at its start
        ("/en/Investors/annual-report", "/about/investing-time"),
        ("/en/Investors/annual-report", "/about?next=/investors"),
        ("followed     linkedin", "followed     twitter"),
        ("uk.finance.yahoo.com", "www.yahoo.com"),
        ("uk.finance.yahoo.com", "notft.com"),
        ("referrer=https://uk.finance.yahoo.com/quote/ACME?p=1", ""),
    ],
)
def test_customers_two_signs_or_other_pages_places_and_sites_are_none(change: tuple[str, str]) -> None:
    assert change[0] in WATCHED
    assert watch(WATCHED.replace(*change), until=at(400)).versions == []


@pytest.mark.parametrize(
    "line",
    [
        "traffic_referred     site   as=investor  referrer=ft.com",
        "document_downloaded  site   as=investor  page=/pricing.pdf",
        "page_viewed          app    as=investor  page=/JOBS/engineer",
        "page_viewed          site   as=investor  referrer=https://me@m.bloomberg.com:443?x=/a",
        "followed      glassdoor     as=investor",
    ],
)
def test_every_other_sign_counts(line: str) -> None:
    changed = WATCHED.replace("followed     linkedin  as=investor", line)
    assert [each.value for each in watch(changed).versions] == [3]


def test_what_is_told_twice_of_one_visit_is_one_sign() -> None:
    visits = "\n".join(
        f"""
        day {day}  10:00  page_viewed       site  as=investor  page=/careers
        day {day}  10:00  traffic_referred  site  as=investor  page=/careers
        """
        for day in (1, 2, 3)
    )
    (opened,) = watch(visits).versions
    assert (opened.value, opened.detected_at) == (3, at(3, "10:00"))


@pytest.mark.parametrize(
    "contact",
    [
        "mail_replied    mail   in   as=investor",
        "enquiry_made    site        as=investor",
        "call_made       phone  out  as=investor",  # an answer of ours is contact as well
    ],
)
@pytest.mark.parametrize("day", ["day 2   10:00", "day 91  08:59"])
def test_who_is_in_contact_does_not_lurk(contact: str, day: str) -> None:
    assert watch(f"{day}  {contact}\n{WATCHED}").versions == []


@pytest.mark.parametrize(
    "word",
    [
        "day 1  09:00  mail_replied  mail     in   as=investor",  # 90 days before the last sign
        "day 50  09:00  mail_sent     mail     out  as=investor",  # which they may never have read
        "day 50  09:00  mention_made  twitter  in   as=investor",
    ],
)
def test_old_contact_what_we_send_to_many_and_public_words_are_no_contact(word: str) -> None:
    assert [each.status for each in watch(f"{word}\n{WATCHED}").versions] == ["open"]


def test_contact_ends_it_and_they_are_a_prospect_again() -> None:
    opened, ended = watch(WATCHED + "day 95  10:00  enquiry_made  mail  in  as=investor", until=at(900)).versions
    assert (opened.version, ended.status, ended.detected_at) == (1, "resolved", at(95, "10:00"))
    assert (ended.summary, ended.shift) == ("In contact now, by e-mail.", ("silent_type", "prospect"))
    assert ended.evidence == (0, 1, 2, 3)


def test_contact_in_those_90_days_that_becomes_known_later_retracts_it() -> None:
    late = "day 60  10:00  call_made  phone  in  as=investor"
    _, retracted = watch(WATCHED + late).versions
    assert (retracted.status, retracted.summary) == (
        "retracted",
        "Was in contact after all, by phone: it only became known later.",
    )
    resolved = WATCHED + "day 95  10:00  enquiry_made  mail  in  as=investor\n"
    assert [each.status for each in watch(resolved + late + "\n" + late).versions] == ["open", "resolved", "retracted"]
    older = "day 1  09:00  call_made  phone  in  as=investor"
    assert [each.status for each in watch(WATCHED + older).versions] == ["open"]


def test_a_late_sign_counts() -> None:
    lines = [line for line in WATCHED.splitlines() if line.strip()]
    (opened,) = watch("\n".join([lines[1], lines[2], lines[0]])).versions
    assert (opened.started_at, opened.evidence) == (at(1, "10:00"), (2, 0, 1))


def test_it_comes_to_nothing_after_90_days_without_a_sign() -> None:
    more = "day 100  10:00  page_viewed  site  as=investor  page=/pricing\n"
    opened, ended = watch(WATCHED + more, until=at(900)).versions
    assert (opened.status, ended.status, ended.detected_at) == ("open", "resolved", at(190, "10:00"))
    assert ended.summary == "No further sign for 90 days: it came to nothing."
    assert ended.shift == ("silent_type", "prospect")


def test_signs_from_before_its_end_that_become_known_later_do_not_begin_it_again() -> None:
    late = "\n".join(f"day {day}  10:00  page_viewed  site  as=investor  page=/pricing" for day in (150, 160, 170))
    other = "day 300  10:00  page_viewed  site  by=bob\n"
    assert [each.status for each in watch(WATCHED + other + late).versions] == ["open", "resolved"]


def test_going_to_and_fro_for_a_year_gives_at_most_two_alerts_in_90_days() -> None:
    visits = [(f"day {day}", "page_viewed  site  as=investor  page=/pricing") for day in range(1, 365, 30)]
    answers = [(f"day {day}", "mail_replied  mail  in  as=investor") for day in range(120, 365, 120)]
    lines = sorted(visits + answers, key=lambda line: int(line[0].split()[1]))
    versions = watch("\n".join(f"{day}  10:00  {what}" for day, what in lines), until=at(900)).versions
    assert [each.detected_at for each in versions if each.status == "open"] == [
        at(day, "10:00") for day in (61, 211, 331)
    ]


def test_which_pages_and_sites_count_can_be_set() -> None:
    table = WATCHED.replace("/en/Investors/annual-report", "/partners").replace(
        "uk.finance.yahoo.com", "boerse.example"
    )
    assert watch(table).versions == []
    assert len(watch(table, pages=("/partner",), financial_sites=("boerse.example",)).versions) == 1
    assert watch(WATCHED, pages=(), financial_sites=()).versions == []


@pytest.mark.parametrize(
    ("knobs", "told"),
    [
        ({"signs": 9}, "signs is 9; allowed: 1 to 8"),
        ({"pages": ("/",)}, "pages has '/'; allowed: parts of paths such as '/pricing'"),
        (
            {"financial_sites": ("https://ft.com",)},
            "financial_sites has 'https://ft.com'; allowed: host names in lower case such as 'ft.com'",
        ),
        ({"financial_sites": ("FT.com",)}, "financial_sites has 'FT.com'; "),
        ({"financial_sites": (".com",)}, "financial_sites has '.com'; "),
    ],
)
def test_knobs_have_bounds(knobs: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=f"^{told}"):
        SilentWatcher(**knobs)


@pytest.mark.parametrize(
    ("referrer", "host"),
    [
        ("https://www.FT.com/markets?x=1#y", "www.ft.com"),
        ("ft.com", "ft.com"),
        ("//ft.com", ""),
        ("android-app://com.reuters", "com.reuters"),
        ("http://me:secret@ft.com:8080", "ft.com"),
        ("http://[::1]/", "["),
        ("", ""),
    ],
)
def test_a_referrer_may_be_an_address_or_a_host(referrer: str, host: str) -> None:
    assert host_of(referrer) == host
