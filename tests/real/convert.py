"""Real data as the records of the APIs that a company would have got them from; made on the fly, never committed.

    python tests/real/convert.py SET DATA_DIR > records.jsonl

DATA_DIR holds the sets by these names; what is missing in a set is left out or, where a record can't do without, made
up as said here:
* `cdnow` (CDNOW purchases, 1997-98): Segment `Order Completed`; no time of day, no order id (the line number is it).
* `retail` (UCI Online Retail II): `Order Completed` for invoices, `Order Refunded` for cancellations, which don't say
  what they cancel; times without a zone, as they stand.
* `care` (customer care on Twitter): X API v2 posts with their users; the author's hash is the handle, post ids are made
  of conversation and turn, no language is given. Agents' turns are the company's own posts to whoever wrote before.
* `cfpb` (complaints to the US consumer bureau): Zendesk tickets, tagged `complaint` as that is what they are. The
  channel is that of `Submitted via`; Zendesk has no word for referral, post and fax. There is no id of a person, so
  each complaint has a requester of its own: nobody can turn up twice.
* `nab` (mentions of brands per five minutes): canonical interactions `mention_made` with the brand as `subject`, spread
  evenly over the five minutes. Nobody's name is known: mentions are dealt in turn to 20,000 made-up authors a brand.
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Record = dict[str, Any]

AUTHORS = 20_000
ROW_SECONDS = 300
SMALL_BRANDS = ("CVS", "PFE", "CRM", "IBM", "UPS", "KO")
VIA = {"Web": "web", "Phone": "voice", "Email": "email"}


def cdnow(folder: Path) -> Iterator[Record]:
    lines = (folder / "cdnow" / "CDNOW_sample.txt").read_text(encoding="ascii").splitlines()
    for number, line in enumerate(lines, 1):
        if line.strip():
            person, _, day, discs, dollars = line.split()
            at = f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00Z"
            yield _order(f"cdnow-{number}", person, at, float(dollars), "USD", quantity=int(discs))


def retail(folder: Path) -> Iterator[Record]:
    for row in _rows(folder / "retail" / "invoices_2009_10.csv"):
        order = _order(row["invoice"], row["customer_id"], row["ts"].replace(" ", "T"), float(row["amount_gbp"]), "GBP")
        yield order | {"context": {"location": {"country": row["country"]}}}
    for row in _rows(folder / "retail" / "cancellations_2009_10.csv"):
        amount = -float(row["amount_gbp"])
        yield _call("Order Refunded", row["customer_id"], row["ts"].replace(" ", "T"), row["invoice"]) | {
            "properties": {"order_id": row["invoice"], "total": amount, "currency": "GBP"}
        }


def care(folder: Path) -> Iterator[Record]:
    before: dict[str, list[Record]] = {}
    with (folder / "care" / "turns.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            turn = json.loads(line)
            earlier = before.setdefault(turn["conversation"], [])
            yield _post(turn, earlier)
            earlier.append(turn)


def cfpb(folder: Path) -> Iterator[Record]:
    for row in _rows(folder / "cfpb" / "complaints.csv"):
        number = int(row["Complaint ID"])
        year, month, day = row["Date received"].split("/")
        yield {
            "ticket": {
                "id": number,
                "requester_id": number,
                "created_at": f"{year}-{int(month):02d}-{int(day):02d}T00:00:00Z",
                "subject": row["Issue"],
                "description": row["Consumer complaint narrative"] or None,
                "tags": ["complaint"],
                "via": {"channel": VIA.get(row["Submitted via"], "api")},
            },
            "users": [{"id": number, "locale": "en-US", "role": "end-user"}],
        }


def nab(folder: Path, brands: tuple[str, ...] = SMALL_BRANDS) -> Iterator[Record]:
    for brand in brands:
        said = 0
        for row in _rows(folder / "nab" / "realTweets" / f"Twitter_volume_{brand}.csv"):
            count = int(row["value"])
            start = int(datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC).timestamp())
            start -= start % ROW_SECONDS
            for place in range(count):
                said += 1
                yield _mention(brand, said, start * 1000 + place * ROW_SECONDS * 1000 // count)


def in_time(records: Iterable[Record]) -> list[Record]:
    """The records in the order in which they happened, as a live source would have sent them."""
    return sorted(records, key=_moment)


def _moment(record: Record) -> float:
    at = record.get("occurred_at") or record.get("timestamp")
    if at is None:
        at = record["ticket"]["created_at"] if "ticket" in record else record["data"]["created_at"]
    if isinstance(at, int):
        return at / 1000
    return datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()


SETS: dict[str, tuple[str, Callable[[Path], Iterator[Record]]]] = {
    "cdnow": ("purchases", cdnow),
    "retail": ("purchases", retail),
    "care": ("tweets", care),
    "cfpb": ("tickets", cfpb),
    "nab": ("interactions", nab),
}
"""By name: the source that the records are of, and what makes them."""


def companies(folder: Path) -> list[str]:
    """The companies in the care conversations: their handles are our own."""
    with (folder / "care" / "turns.jsonl").open(encoding="utf-8") as lines:
        return sorted({json.loads(line)["company"] for line in lines})


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _call(event: str, person: str, at: str, message: str) -> Record:
    return {"type": "track", "event": event, "userId": person, "timestamp": at, "messageId": f"m-{message}"}


def _order(order: str, person: str, at: str, total: float, currency: str, quantity: int | None = None) -> Record:
    properties: Record = {"order_id": order, "total": total, "currency": currency}
    if quantity is not None:
        properties["products"] = [{"name": "CD", "quantity": quantity}]
    return _call("Order Completed", person, at, order) | {"properties": properties}


def _post(turn: Record, earlier: list[Record]) -> Record:
    conversation = turn["conversation"]
    post: Record = {
        "id": f"{conversation}-{len(earlier)}",
        "author_id": f"n-{turn['author']}",
        "conversation_id": conversation,
        "created_at": turn["occurred_at"],
        "text": turn["text"],
    }
    users = [turn["author"]]
    if earlier:
        is_ours = turn["role"] == "agent"
        others = [each["author"] for each in earlier if (each["role"] == "agent") != is_ours]
        answered = others[-1] if others else earlier[-1]["author"]
        post["referenced_tweets"] = [{"type": "replied_to", "id": f"{conversation}-{len(earlier) - 1}"}]
        post["in_reply_to_user_id"] = f"n-{answered}"
        users.append(answered)
    names = dict.fromkeys(users)
    return {"data": post, "includes": {"users": [{"id": f"n-{name}", "username": name} for name in names]}}


def _mention(brand: str, number: int, at_ms: int) -> Record:
    return {
        "id": f"{brand}-{number}",
        "occurred_at": at_ms,
        "kind": "mention_made",
        "source": "nab",
        "channel": "twitter",
        "direction": "none",
        "subject": brand,
        "identities": {"handle:twitter": f"{brand.lower()}_{number % AUTHORS}"},
    }


def main(arguments: list[str]) -> int:
    """Print one set as JSON lines; 2 when it is not there or not known."""
    if len(arguments) != 2 or arguments[0] not in SETS:
        print(f"usage: python tests/real/convert.py {'|'.join(SETS)} DATA_DIR", file=sys.stderr)
        return 2
    try:
        for record in in_time(SETS[arguments[0]][1](Path(arguments[1]))):
            print(json.dumps(record, ensure_ascii=False))
    except FileNotFoundError as error:
        print(f"{error.filename} is absent", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
