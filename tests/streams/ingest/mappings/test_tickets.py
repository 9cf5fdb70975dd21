import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detectors.interaction import CHANNELS, DIRECTIONS, KINDS
from streams.ingest.mapper import Mapped, Mapper
from streams.ingest.mappings.tickets import key
from streams.ingest.refusal import RefusalReason
from streams.ingest.settings import IngestSettings

RECORDS = json.loads((Path(__file__).parent / "fixtures" / "tickets.json").read_text(encoding="utf-8"))
TICKET = {
    "id": 1,
    "requester_id": 5,
    "subject": "Parcel",
    "description": "Where is it",
    "status": "open",
    "created_at": "2024-07-20T22:55:29Z",
    "updated_at": "2024-07-21T22:55:29Z",
}


def run(record: Any) -> Mapped:
    return Mapper("tickets", IngestSettings()).map(msgspec.json.encode(record), 1_800_000_000_000)


def told(mapped: Mapped) -> list[tuple[str, str, str]]:
    return [(KINDS[i.kind], DIRECTIONS[i.direction], i.id) for i in mapped.interactions]


def test_created_event_opens_the_ticket_and_its_type_makes_it_a_complaint() -> None:
    (opened,) = run(RECORDS[0]).interactions
    assert (KINDS[opened.kind], DIRECTIONS[opened.direction], CHANNELS[opened.channel]) == (
        "ticket_opened",
        "inbound",
        "site",
    )
    assert (opened.id, opened.thread, opened.subject) == ("5158:created", "5158", "Cannot login to mobile app")
    assert opened.text == "I am unable to log in since yesterday"
    assert opened.complaint is True
    assert opened.stakeholder == "ticket_requester:8447388090494"
    assert opened.occurred_at == 1736331127123


def test_first_comment_that_comes_with_its_ticket_is_not_counted_again() -> None:
    mapped = run(RECORDS[1])
    assert (mapped.interactions, mapped.ignored) == ([], 1)


def test_comment_of_staff_is_outbound_and_has_no_tone() -> None:
    mapped = run(RECORDS[2])
    assert told(mapped) == [("ticket_replied", "outbound", "5158:comment:9876543210")]
    assert (mapped.interactions[0].tone, mapped.interactions[0].complaint) == (None, None)


def test_comment_of_the_requester_is_inbound_and_judged() -> None:
    record = json.loads(json.dumps(RECORDS[2]))
    record["event"]["comment"] |= {"author": {"id": "8447388090494"}, "body": "Still not working. Worst support ever."}
    (reply,) = run(record).interactions
    assert (DIRECTIONS[reply.direction], reply.complaint) == ("inbound", True)


def test_private_note_is_ignored() -> None:
    record = json.loads(json.dumps(RECORDS[2]))
    record["event"]["comment"]["is_public"] = False
    assert run(record).ignored == 1


def test_status_to_solved_resolves_and_away_from_it_reopens() -> None:
    assert told(run(RECORDS[3])) == [("ticket_resolved", "none", "5158:event:e1")]
    assert told(run(RECORDS[4])) == [("ticket_reopened", "inbound", "5158:event:e2")]


@pytest.mark.parametrize(("was", "now"), [("SOLVED", "CLOSED"), ("NEW", "OPEN"), ("CLOSED", "ARCHIVED"), ("OPEN", "x")])
def test_other_changes_of_status_mean_nothing(was: str, now: str) -> None:
    assert run(RECORDS[3] | {"event": {"previous": was, "current": now}}).ignored == 1


def test_event_without_meaning_is_ignored() -> None:
    assert run(RECORDS[5]).ignored == 1
    assert run({"type": "zen:event-type:user.created", "detail": {"id": 1}}).ignored == 1


def test_listed_tickets_know_their_requester_channel_resolution_and_rating() -> None:
    mapped = run(RECORDS[6])
    assert told(mapped) == [
        ("ticket_opened", "inbound", "35436:created"),
        ("ticket_resolved", "none", "35436:resolved"),
        ("survey_answered", "inbound", "35436:rating:1234"),
        ("ticket_opened", "inbound", "35437:created"),
        ("survey_answered", "inbound", "35437:rating:bad"),
    ]
    question, _, rating, call, bad = mapped.interactions
    assert question.complaint is False
    assert question.identities == {"customer_id": "c-1042", "email": "ada@example.com", "ticket_requester": "20978392"}
    assert (CHANNELS[question.channel], question.language) == ("mail", "en-US")
    assert (rating.score, rating.score_scale) == (1.0, (0.0, 1.0))
    assert call.identities == {"phone": "+15550109999", "ticket_requester": "20978393"}
    assert (CHANNELS[call.channel], call.complaint, bad.score) == ("phone", True, 0.0)


def test_audits_tell_opening_replies_resolution_and_rating() -> None:
    mapped = run(RECORDS[7])
    assert told(mapped) == [
        ("ticket_opened", "inbound", "900:created"),
        ("ticket_replied", "outbound", "900:comment:4"),
        ("ticket_resolved", "none", "900:event:6"),
        ("survey_answered", "inbound", "900:rating:8"),
    ]
    opened = mapped.interactions[0]
    assert (opened.text, opened.complaint) == ("my order never arrived", True)
    assert opened.identities == {"email": "ada@example.com", "ticket_requester": "555", "handle:twitter": "adal"}
    assert [CHANNELS[i.channel] for i in mapped.interactions] == ["twitter", "site", "site", "site"]


def test_audit_without_any_word_of_the_requester_is_refused() -> None:
    audit = {"id": 1, "ticket_id": 9, "created_at": "2024-05-02T08:00:00Z", "author_id": 42, "events": []}
    assert run(audit).ignored == 1
    change = {"id": 6, "type": "Change", "field_name": "status", "value": "solved", "previous_value": "new"}
    assert [r.reason for r in run(audit | {"events": [change]}).refusals] == [RefusalReason.NO_IDENTITY]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"type": "problem"}, True),
        ({"type": "question"}, False),
        ({"type": "question", "description": "Still waiting, this is unacceptable"}, True),
        ({"tags": ["complaint"]}, True),
        ({"satisfaction_rating": {"score": "bad_with_comment"}}, True),
        ({"type": "task"}, None),
        ({"priority": "urgent", "description": "I am so sad and angry, I hate it, horrible"}, True),
        ({"priority": "low", "description": "I am so sad and angry, I hate it, horrible"}, None),
    ],
)
def test_the_ticket_own_marks_speak(fields: dict[str, Any], complaint: bool | None) -> None:
    assert run(TICKET | fields).interactions[0].complaint is complaint


@pytest.mark.parametrize(
    ("via", "channel"),
    [
        ("email", "mail"),
        ("web", "site"),
        ("Web Form", "site"),
        ("voice", "phone"),
        ("phone_call_inbound", "phone"),
        ("native_messaging", "chat"),
        ("chat", "chat"),
        ("sms", "sms"),
        ("twitter", "twitter"),
        ("facebook_post", "facebook"),
        ("instagram_dm", "instagram"),
        ("mobile_sdk", "app"),
        ("web_service", "other"),
        ("rule", "other"),
        (17, "other"),
        (None, "other"),
    ],
)
def test_channel_comes_from_via(via: Any, channel: str) -> None:
    assert CHANNELS[run(TICKET | {"via": {"channel": via}}).interactions[0].channel] == channel


def test_solved_ticket_read_twice_gives_the_same_resolution() -> None:
    first = run(TICKET | {"status": "solved"})
    again = run(TICKET | {"status": "closed", "updated_at": "2024-07-25T22:55:29Z"})
    assert [i.id for i in first.interactions] == [i.id for i in again.interactions]


def test_ticket_solved_anew_is_resolved_anew_when_it_says_when() -> None:
    first = run(TICKET | {"status": "solved", "metric_set": {"solved_at": "2024-07-21T10:00:00Z"}})
    again = run(TICKET | {"status": "solved", "metric_set": {"solved_at": "2024-07-23T10:00:00Z"}})
    assert first.interactions[1].id != again.interactions[1].id


def test_deleted_ticket_gives_nothing() -> None:
    assert run(TICKET | {"status": "deleted"}).ignored == 1


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"a": 1}, RefusalReason.MISSING_FIELD),
        (TICKET | {"id": None}, RefusalReason.MISSING_FIELD),
        (TICKET | {"created_at": None}, RefusalReason.MISSING_FIELD),
        (TICKET | {"requester_id": None}, RefusalReason.NO_IDENTITY),
        (TICKET | {"requester_id": "5\n"}, None),
        (TICKET | {"requester_id": "5\n6"}, RefusalReason.BAD_VALUE),
        (RECORDS[3] | {"detail": None}, RefusalReason.MISSING_FIELD),
        (RECORDS[3] | {"event": {"current": 4}}, RefusalReason.BAD_VALUE),
    ],
)
def test_malformed_ticket_is_refused_with_its_reason(record: Any, reason: RefusalReason | None) -> None:
    assert [r.reason for r in run(record).refusals] == ([] if reason is None else [reason])


def test_key_is_the_requester() -> None:
    assert key(RECORDS[0]) == "8447388090494"
    assert key(RECORDS[6]) == "20978392"
    assert key(RECORDS[7]) == "555"
    assert key({"tickets": [{"tickets": [1]}]}) is None
