"""Open sessions at rest: a value a visit, behind the cut of its flush, and one that completes the flush.

They stand apart to stay interpreted where the rest of ingest is compiled: a compiled Struct loses its options.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from detectors.interaction import Interaction


class Session(Struct, array_like=True):
    """One visit to one funnel. ``view`` is the newest view of it, which tells who, where and with what device."""

    id: str
    funnel: str
    start_ms: int
    active_ms: int
    step_ms: int
    step: str
    steps: list[str]
    completed: bool
    view: Interaction


class Completion(Struct):
    """The value that completes a flush of sessions."""

    cut: int
    entries: int
    newest_ms: int


encode_stored = msgspec.msgpack.Encoder().encode
decode_completion = msgspec.msgpack.Decoder(Completion).decode
decode_sessions = msgspec.msgpack.Decoder(list[Session]).decode
"""The sessions of one visit, as ``Sessions`` encodes them."""
decode_wrapped = msgspec.msgpack.Decoder(tuple[int, bytes]).decode
"""The cut, and what ``decode_sessions`` reads."""
