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
    assert [CHANNELS[i.channel] for i in mapped.interactions] == ["twitter", "site", "twitter", "site"]


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


def child(number: int, event_type: str, **fields: Any) -> dict[str, Any]:
    return {"id": number, "via": "Mail", "via_reference_id": None, "event_type": event_type, **fields}


def ticket_event(number: int, at: int, *children: dict[str, Any], **fields: Any) -> dict[str, Any]:
    event = {"id": number, "ticket_id": 155, "timestamp": at, "updater_id": 5, "via": "Mail", "event_type": "Audit"}
    return event | {"child_events": list(children)} | fields


def page(*events: Any) -> dict[str, Any]:
    """A page of the incremental export of ticket events, as Zendesk documents it."""
    envelope = {"next_page": "https://example.zendesk.com/…", "count": len(events), "end_time": 1_601_357_503}
    return envelope | {"end_of_stream": True, "ticket_events": list(events)}


CREATED = ticket_event(
    1,
    1_601_300_000,
    child(11, "Create", requester_id=5),
    child(12, "Create", subject="Parcel"),
    child(13, "Create", status="new"),
    child(14, "Create", type="problem"),
    child(15, "Comment", type="Comment", author_id=5, body="Where is it?", public=True),
)


def test_exported_ticket_events_give_what_the_audits_give() -> None:
    staff = {"updater_id": 42, "via": "Web form"}
    mapped = run(
        page(
            CREATED,
            ticket_event(2, 1_601_310_000, child(21, "Comment", author_id=42, body="On its way", public=True), **staff),
            ticket_event(3, 1_601_320_000, child(31, "Change", status="solved", previous_value="open"), **staff),
            ticket_event(
                4,
                1_601_330_000,
                child(41, "Change", status="open", previous_value="solved"),
                child(42, "Comment", author_id=5, body="No, it never came. Worst shop ever.", public=True),
            ),
            ticket_event(5, 1_601_340_000, child(51, "Change", status="closed", previous_value="solved"), **staff),
        )
    )
    assert told(mapped) == [
        ("ticket_opened", "inbound", "155:created"),
        ("ticket_replied", "outbound", "155:comment:21"),
        ("ticket_resolved", "none", "155:event:31"),
        ("ticket_reopened", "inbound", "155:event:41"),
        ("ticket_replied", "inbound", "155:comment:42"),
    ]
    opened, _, resolved, _, reply = mapped.interactions
    assert (opened.occurred_at, opened.text, opened.complaint) == (1_601_300_000_000, "Where is it?", True)
    assert {i.stakeholder for i in mapped.interactions} == {"ticket_requester:5"}
    assert {i.subject for i in mapped.interactions} == {"Parcel"}
    assert [CHANNELS[i.channel] for i in (opened, resolved)] == ["mail", "other"]
    assert reply.complaint is True
    assert (mapped.refusals, mapped.ignored) == ([], 1)


def test_a_comment_of_the_export_without_its_text_is_a_reply_unless_it_is_private() -> None:
    def replied(**flags: Any) -> list[tuple[str, str, str]]:
        return told(run(page(CREATED, ticket_event(2, 1_601_310_000, child(21, "Comment", **flags)))))[1:]

    assert replied(comment_present=True, comment_public=True) == [("ticket_replied", "inbound", "155:comment:21")]
    assert replied(comment_present=True, comment_public=False) == []
    assert replied(comment_present=False) == []


@pytest.mark.parametrize(
    "event",
    [
        ticket_event(2, 1_601_310_000, child(21, "Change", priority="high", previous_value=None)),
        ticket_event(2, 1_601_310_000, child(21, "Notification"), child(22, "Change", tags=["a"]), child(23, "x")),
        ticket_event(2, 1_601_310_000),
        ticket_event(2, 1_601_310_000, child(21, "Change", status="pending", previous_value="open")),
    ],
)
def test_exported_ticket_events_that_say_nothing_are_ignored(event: dict[str, Any]) -> None:
    for record in (page(event), event):
        mapped = run(record)
        assert (mapped.refusals, mapped.interactions, mapped.ignored) == ([], [], 1)


def test_an_empty_page_of_the_export_and_measures_of_time_are_ignored() -> None:
    measure = {"id": 9, "instance_id": 1, "metric": "agent_work_time", "ticket_id": 155, "type": "measure"}
    for record in (page(), page(measure)):
        mapped = run(record)
        assert (mapped.refusals, mapped.interactions, mapped.ignored) == ([], [], 1)


def test_an_exported_change_knows_its_requester_by_the_ticket_beside_it_or_is_refused() -> None:
    solved = ticket_event(3, 1_601_320_000, child(31, "Change", status="solved", previous_value="open"))
    assert told(run(solved | {"ticket": {"requester_id": 5}})) == [("ticket_resolved", "none", "155:event:31")]
    assert told(run(page(solved) | {"tickets": [{"id": 155, "requester_id": 5}]})) == [
        ("ticket_resolved", "none", "155:event:31")
    ]
    for record in (solved, page(solved)):
        assert [r.reason for r in run(record).refusals] == [RefusalReason.NO_IDENTITY]


def test_a_damaged_event_of_the_export_leaves_the_others_alone() -> None:
    late = ticket_event(3, 1_601_320_000, child(31, "Change", status="solved", previous_value="open"), timestamp=None)
    mapped = run(page(3, late, CREATED, None))
    assert told(mapped) == [("ticket_opened", "inbound", "155:created")]
    assert [r.reason for r in mapped.refusals] == [
        RefusalReason.NOT_AN_OBJECT,
        RefusalReason.MISSING_FIELD,
        RefusalReason.NOT_AN_OBJECT,
    ]


def test_key_of_exported_ticket_events_is_the_ticket() -> None:
    assert key(CREATED) == key(page(CREATED)) == "155"
