"""Open sessions at rest: one value each, behind the cut of its flush, and one that completes the flush."""

from __future__ import annotations

import msgspec


class Completion(msgspec.Struct):
    """The value that completes a flush of sessions."""

    cut: int
    entries: int
    newest_ms: int


encode_stored = msgspec.msgpack.Encoder().encode
decode_completion = msgspec.msgpack.Decoder(Completion).decode
decode_session = msgspec.msgpack.Decoder(tuple[int, bytes]).decode
"""The cut and the session as ``Sessions`` encodes it."""
