import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detectors.interaction import DIRECTIONS, KINDS
from streams.ingest.mapper import Mapped, Mapper
from streams.ingest.mappings.tweets import key
from streams.ingest.refusal import RefusalReason
from streams.ingest.settings import IngestSettings

RECORDS = json.loads((Path(__file__).parent / "fixtures" / "tweets.json").read_text(encoding="utf-8"))
POST = {"id": "1346889436626259968", "author_id": "11", "created_at": "2021-01-06T18:40:40.000Z", "lang": "en"}


def run(record: Any, own: tuple[str, ...] = ("@Acme",)) -> Mapped:
    return Mapper("tweets", IngestSettings(own_handles=own)).map(msgspec.json.encode(record), 1_800_000_000_000)


def test_reply_to_the_company_is_an_inbound_comment_with_tone_and_complaint() -> None:
    (post,) = run(RECORDS[0]).interactions
    assert (KINDS[post.kind], DIRECTIONS[post.direction]) == ("comment_written", "inbound")
    assert post.id == post.thread == "1346889436626259968"
    assert post.identities == {"handle:twitter": "adal"}
    assert post.stakeholder == "handle:twitter:adal"
    assert (post.language, post.complaint) == ("en", True)
    assert post.text == "@acme still waiting for my parcel, this is unacceptable"
    assert post.occurred_at == 1609958440000


def test_page_gives_every_post_what_it_is_to_the_company() -> None:
    mapped = run(RECORDS[1])
    assert [(KINDS[p.kind], DIRECTIONS[p.direction], p.stakeholder) for p in mapped.interactions] == [
        ("mention_made", "inbound", "handle:twitter:grace"),
        ("content_shared", "none", "handle:twitter:linus"),
        ("mention_made", "inbound", "handle:twitter:ken"),
        ("comment_written", "outbound", "handle:twitter:adal"),
        ("post_published", "none", "handle:twitter:grace"),
    ]
    assert mapped.ignored == 1  # the company's own post to nobody
    praise, shared, quoted, answer, _ = mapped.interactions
    assert praise.tone is not None
    assert praise.tone > 0.5
    assert praise.complaint is False
    assert (shared.tone, quoted.language, answer.tone) == (None, None, None)


def test_time_of_a_post_without_one_stands_in_its_id() -> None:
    (post,) = run(POST | {"text": "@acme hello", "created_at": None}).interactions
    assert abs(post.occurred_at - 1609958440000) < 1000


def test_short_id_without_a_time_is_refused() -> None:
    mapped = run(POST | {"text": "@acme hello", "id": "20", "created_at": None})
    assert [r.reason for r in mapped.refusals] == [RefusalReason.MISSING_FIELD]


def test_page_without_posts_and_notices_are_ignored() -> None:
    for notice in (RECORDS[2], {"delete": {"id": "1"}}, {"errors": [{"title": "operational-disconnect"}]}):
        mapped = run(notice)
        assert (mapped.interactions, mapped.refusals, mapped.ignored) == ([], [], 1)


def test_flattened_post_brings_its_author_along() -> None:
    (post,) = run(RECORDS[3]).interactions
    assert post.stakeholder == "handle:twitter:edsger"
    assert post.complaint is False


def test_author_without_a_handle_is_known_by_number() -> None:
    (post,) = run({"data": POST | {"text": "hello @ACME"}}).interactions
    assert post.identities == {"handle:twitter": "id:11"}
    assert KINDS[post.kind] == "mention_made"


def test_without_own_handles_every_post_is_about_the_company() -> None:
    replying = POST | {"text": "yes", "id": "1346889436626259970", "in_reply_to_user_id": "5"}
    mapped = run({"data": [POST | {"text": "hm"}, replying]}, own=())
    assert [KINDS[p.kind] for p in mapped.interactions] == ["mention_made", "comment_written"]


def test_reply_to_somebody_else_that_names_the_company_is_a_mention() -> None:
    replying = POST | {"text": "@bob try @acme", "in_reply_to_user_id": "5"}
    (post,) = run({"data": replying, "includes": {"users": [{"id": "5", "username": "bob"}]}}).interactions
    assert KINDS[post.kind] == "mention_made"


def test_long_post_is_read_in_full_and_clipped_to_the_limit() -> None:
    record = POST | {"text": "@acme short…", "note_tweet": {"text": "@acme " + "long " * 2000}}
    (post,) = run(record).interactions
    assert post.text is not None
    assert 3990 < len(post.text) <= 4000


def test_other_languages_have_no_tone() -> None:
    (post,) = run(POST | {"text": "@acme c'est horrible, inacceptable", "lang": "fr"}).interactions
    assert (post.language, post.tone, post.complaint) == ("fr", None, None)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"foo": 1}, RefusalReason.MISSING_FIELD),
        ({"data": "x"}, RefusalReason.NOT_AN_OBJECT),
        ({"data": {"text": "hi"}}, RefusalReason.MISSING_FIELD),
        ({"data": POST | {"id": "a\x00b"}}, RefusalReason.BAD_VALUE),
        ({"data": POST | {"author_id": None}}, RefusalReason.NO_IDENTITY),
        ({"data": POST | {"created_at": "Wed Jan 06"}}, RefusalReason.BAD_VALUE),
    ],
)
def test_malformed_post_is_refused_with_its_reason(record: Any, reason: RefusalReason) -> None:
    assert [r.reason for r in run(record).refusals] == [reason]


def test_key_is_the_author() -> None:
    assert key(RECORDS[0]) == "2244994945"
    assert key(RECORDS[1]) == "11"
    assert key(RECORDS[3]) == "14"
