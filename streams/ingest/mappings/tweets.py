"""Posts on X (Twitter), API v2: one post of a stream, a page of a search, or posts flattened one to a line.

A page keeps authors and referenced posts apart under ``includes``; ``items`` gives every post those it refers to.
Sources: X API v2 "Tweet object", "Filtered stream"; the layout of ids since 2010 ("Snowflake").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from detectors.interaction import (
    CHANNEL_CODES,
    DIRECTION_CODES,
    KIND_CODES,
    NO_DIRECTION,
    Channel,
    Direction,
    Interaction,
    Kind,
)
from streams.ingest import people
from streams.ingest.moments import moment
from streams.ingest.reading import EMPTY, Record, first, identifier, label, objects, part, text
from streams.ingest.refusal import RefusalReason, Refused, shown
from streams.ingest.settings import IngestSettings
from streams.ingest.tone import UNSURE, judge

SOURCE = "tweets"
PLATFORM: Final = "handle:twitter"

SNOWFLAKE_EPOCH_MS: Final = 1_288_834_974_657
FIRST_SNOWFLAKE: Final = 29_700_859_247  # older ids are plain numbers and say nothing of the time
NO_LANGUAGE: Final = frozenset({"und", "zxx", "qam", "qct", "qht", "qme", "qst", "art"})
MESSAGES_OF_THE_STREAM: Final = ("errors", "meta", "delete", "withhold", "drop", "scrub_geo", "user_delete", "title")

_MENTION: Final = re.compile(r"@(\w{1,50})")
_TWITTER: Final = CHANNEL_CODES[Channel.TWITTER]
_IN, _OUT = DIRECTION_CODES[Direction.INBOUND], DIRECTION_CODES[Direction.OUTBOUND]
_COMMENT, _MENTIONED, _POST, _SHARED = (
    KIND_CODES[k] for k in (Kind.COMMENT_WRITTEN, Kind.MENTION_MADE, Kind.POST_PUBLISHED, Kind.CONTENT_SHARED)
)


def items(record: Record) -> Iterator[Any]:
    """Every post with its author and the posts it refers to; nothing for a page without any, or a notice."""
    data = record.get("data", record if "text" in record else None)
    if data is None:
        if not any(name in record for name in MESSAGES_OF_THE_STREAM):
            raise Refused(RefusalReason.MISSING_FIELD, "data is missing; allowed: a post or a list of posts")
        return
    includes = part(record, "includes")
    users = {user["id"]: user for user in objects(includes.get("users")) if type(user.get("id")) is str}
    posts = {post["id"]: post for post in objects(includes.get("tweets")) if type(post.get("id")) is str}
    for post in data if type(data) is list else [data]:
        yield _whole(post, users, posts) if type(post) is dict else post


def interactions(record: Record, settings: IngestSettings) -> Iterator[Interaction]:
    """What one post is to the company: a comment, a mention, a share, a post, or its own answer to somebody."""
    post_id = identifier(record.get("id"), "id")
    if post_id is None:
        raise Refused(RefusalReason.MISSING_FIELD, "id is missing; allowed: the id of a post")
    said = text(first(part(record, "note_tweet"), ("text",)) or record.get("text"), settings.text_limit)
    author = _author(record)
    own = settings.own
    if author in own:
        kind, direction, person = _COMMENT, _OUT, _addressee(record, own)
        if person is None:
            return  # the company talks to nobody in particular
    else:
        kind, direction = _what(record, said, own)
        person = author
    language = _language(record.get("lang"))
    judged = judge(said, language) if direction == _IN and kind != _SHARED and not _retweet(record) else UNSURE
    yield Interaction(
        kind=kind,
        occurred_at=_occurred_at(record, post_id, settings),
        id=post_id,
        source=SOURCE,
        channel=_TWITTER,
        direction=direction,
        complaint=judged.complaint,
        tone=judged.tone,
        text=said,
        language=language,
        thread=identifier(record.get("conversation_id"), "conversation_id"),
        subject=next((name for name in _mentions(record) if name in own), None),
        identities={PLATFORM: person} if person is not None else {},
    )


def key(record: Record) -> str | None:
    """The author of the post, of the first one if there are several."""
    data = record.get("data", record)
    post = data[0] if type(data) is list and data else data
    author = post.get("author_id") if type(post) is dict else None
    return label(author)


def _whole(post: Record, users: dict[str, Record], posts: dict[str, Record]) -> Record:
    """The post with ``author``, ``replied_to_author`` and ``referenced_authors`` filled in from the page."""
    whole = dict(post)
    author = users.get(_plain(post.get("author_id")), EMPTY)
    if author and "author" not in post:
        whole["author"] = author
    answered = users.get(_plain(post.get("in_reply_to_user_id")), EMPTY)
    if answered:
        whole["in_reply_to_user"] = answered
    references = []
    for reference in objects(post.get("referenced_tweets")):
        other = posts.get(_plain(reference.get("id")), EMPTY)
        writer = users.get(_plain(other.get("author_id")), EMPTY)
        references.append({**reference, "author": writer} if writer and "author" not in reference else reference)
    if references:
        whole["referenced_tweets"] = references
    return whole


def _plain(value: Any) -> str:
    return value if type(value) is str else ""


def _author(record: Record) -> str | None:
    """The author's handle; without it ``id:`` and the author's number, which is as stable."""
    found = people.handle(first(part(record, "author"), ("username",)) or record.get("username"), "author.username")
    if found is not None:
        return found
    number = people.known(record.get("author_id"), "author_id")
    return None if number is None else f"id:{number}"


def _addressee(record: Record, own: frozenset[str]) -> str | None:
    """Whom a post of the company answers: the author of the post replied to, else the first one it mentions."""
    found = people.handle(part(record, "in_reply_to_user").get("username"), "in_reply_to_user.username")
    if found is not None and found not in own:
        return found
    if not _refers(record, "replied_to") and record.get("in_reply_to_user_id") is None:
        return None
    return next((name for name in _mentions(record) if name not in own), None)


def _what(record: Record, said: str | None, own: frozenset[str]) -> tuple[int, int]:
    """Kind and direction of somebody else's post."""
    if _retweet(record):
        shared = any(_writer(r) in own for r in _references(record, "retweeted"))
        return (_SHARED if shared else _MENTIONED), NO_DIRECTION
    reply = _refers(record, "replied_to") or record.get("in_reply_to_user_id") is not None
    if not own:
        return (_COMMENT if reply else _MENTIONED), _IN
    answered = people.handle(part(record, "in_reply_to_user").get("username"), "in_reply_to_user.username")
    if reply and (answered in own or (answered is None and said is not None and _opens_with(said, own))):
        return _COMMENT, _IN
    if any(name in own for name in _mentions(record)) or any(_writer(r) in own for r in _references(record, "quoted")):
        return _MENTIONED, _IN
    return _POST, NO_DIRECTION


def _mentions(record: Record) -> list[str]:
    named = [m.get("username") for m in objects(part(record, "entities").get("mentions"))]
    found = [name.lower() for name in named if type(name) is str]
    said = record.get("text")
    return found or ([name.lower() for name in _MENTION.findall(said[:4000])] if type(said) is str else [])


def _opens_with(said: str, own: frozenset[str]) -> bool:
    match = _MENTION.match(said)
    return match is not None and match.group(1).lower() in own


def _references(record: Record, kind: str) -> list[Record]:
    return [r for r in objects(record.get("referenced_tweets")) if r.get("type") == kind]


def _refers(record: Record, kind: str) -> bool:
    return bool(_references(record, kind))


def _retweet(record: Record) -> bool:
    return _refers(record, "retweeted")


def _writer(reference: Record) -> str:
    return _plain(part(reference, "author").get("username")).lower()


def _language(value: Any) -> str | None:
    found = label(value, 20)
    return None if found is None or found.lower() in NO_LANGUAGE else found


def _occurred_at(record: Record, post_id: str, settings: IngestSettings) -> int:
    created = record.get("created_at")
    if created is not None:
        return moment(created, settings.zone, "created_at")
    if post_id.isascii() and post_id.isdecimal() and int(post_id[:20]) >= FIRST_SNOWFLAKE:
        return moment((int(post_id[:20]) >> 22) + SNOWFLAKE_EPOCH_MS, settings.zone, "id")
    raise Refused(RefusalReason.MISSING_FIELD, f"created_at is missing and id is {shown(post_id)}; allowed: a time")
