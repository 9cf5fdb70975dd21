"""Visits to a funnel, told from page views: entered, steps reached, completed, and left when nothing follows.

The end of one names in ``subject`` the other steps that were reached before it, with commas between. Of a watched page
it is told likewise whether the visit went on from it (``page_left`` with the step ``next``) or ended there (``exit``).

Event time only: a session ends when ``session_timeout_minutes`` pass without a view. Pure state; whoever holds it
writes ``encode(key)`` for every key in ``dirty`` and gives it back by ``load`` after a restart.
"""

from __future__ import annotations

import heapq
from hashlib import blake2b
from typing import Final

from detectors.interaction import KIND_CODES, KINDS, Interaction, Kind
from streams.ingest import people
from streams.ingest.reading import joined
from streams.ingest.settings import IngestSettings
from streams.ingest.stored import Session, decode_sessions, encode_stored

STEPS_KEPT: Final = 32
"""Different steps remembered in a session; further ones are not reported."""

_VIEWED: Final = KIND_CODES[Kind.PAGE_VIEWED]
_LEFT: Final = KIND_CODES[Kind.PAGE_LEFT]
_ENTERED, _REACHED, _COMPLETED, _EXITED = (
    KIND_CODES[k] for k in (Kind.FUNNEL_ENTERED, Kind.FUNNEL_STEP_REACHED, Kind.FUNNEL_COMPLETED, Kind.FUNNEL_EXITED)
)
_PAGE: Final = ""  # what the session of a watched page has for a funnel; its step is the page


def session_key(interaction: Interaction) -> bytes:
    """The key of the visit that a view belongs to: the browser or device, which outlive a login, else the person."""
    identities = interaction.identities or {}
    for kind in ("cookie", "device"):
        if kind in identities:
            return f"{kind}:{identities[kind]}".encode()
    return (interaction.stakeholder or "").encode()


class Sessions:
    """The open sessions by key, at most one for each funnel and one for the watched page that was seen last."""

    def __init__(self, settings: IngestSettings) -> None:
        self._funnels = settings.funnels
        self._watched = settings.watched_pages
        self._order = settings.identity_order
        self._timeout_ms = settings.session_timeout_minutes * 60_000
        self._sessions: dict[bytes, list[Session]] = {}
        self._due: list[tuple[int, bytes]] = []  # when to look at a key again: at its deadline or before
        self.dirty: set[bytes] = set()
        """Keys whose state changed; the holder clears it once they are written."""

    def apply(self, interaction: Interaction, key: bytes) -> list[Interaction]:
        """Take one view into account; gives the events that follow from it, exits that it proves first.

        A view at or before the newest one adds its step if that is new, else nothing. One that lies more than the
        timeout before the session's start belongs to a visit that is over, and is left out.
        """
        if interaction.kind != _VIEWED:
            return []
        at = interaction.occurred_at
        made = self._leave(key, at)
        for session in list(self._sessions.get(key, ())):
            if at > session.active_ms:
                if session.funnel == _PAGE:
                    made.append(self._went_on(key, session))
                session.active_ms = at
                self.dirty.add(key)
        if interaction.page is not None and interaction.page.startswith(self._watched):
            self._watch(interaction, interaction.page, key)
        if interaction.step is not None and interaction.funnel in self._funnels:
            sessions = self._sessions.get(key, [])
            deadline = self._deadline(sessions) if sessions else None
            made += self._step(sessions, interaction, key)
            self._keep(key, sessions, deadline)
        return made

    def advance(self, clock_ms: int) -> list[Interaction]:
        """Let event time reach ``clock_ms``: the exits that are due, in the order of their deadlines, then keys."""
        made: list[Interaction] = []
        while self._due and self._due[0][0] <= clock_ms:
            looked_at, key = heapq.heappop(self._due)
            sessions = self._sessions.get(key)
            if sessions is None:
                continue
            if self._deadline(sessions) == looked_at:
                made += self._leave(key, looked_at)
            if key in self._sessions:
                heapq.heappush(self._due, (self._deadline(self._sessions[key]), key))
        return made

    def encode(self, key: bytes) -> bytes | None:
        """The state of a key; None if there is none any more."""
        sessions = self._sessions.get(key)
        return None if sessions is None else encode_stored(sessions)

    def load(self, key: bytes, value: bytes) -> None:
        """Take over a state written by ``encode``; later ones of the same key replace earlier ones."""
        sessions = decode_sessions(value)
        self._sessions[key] = sessions
        heapq.heappush(self._due, (self._deadline(sessions), key))

    def __len__(self) -> int:
        return len(self._sessions)

    def _keep(self, key: bytes, sessions: list[Session], deadline: int | None) -> None:
        """Keep the sessions; look at the key earlier than so far planned if one of them needs it."""
        self._sessions[key] = sessions
        self.dirty.add(key)
        due = self._deadline(sessions)
        if deadline is None or due < deadline:
            heapq.heappush(self._due, (due, key))

    def _deadline(self, sessions: list[Session]) -> int:
        return min(session.active_ms for session in sessions) + self._timeout_ms

    def _leave(self, key: bytes, clock_ms: int) -> list[Interaction]:
        """Close the sessions of a key that are over at this time; the exits of those not completed."""
        sessions = self._sessions.get(key)
        if sessions is None:
            return []
        over = [session for session in sessions if session.active_ms + self._timeout_ms <= clock_ms]
        if over:
            kept = [session for session in sessions if session not in over]
            self.dirty.add(key)
            if kept:
                self._sessions[key] = kept
            else:
                del self._sessions[key]
        over.sort(key=lambda session: (session.active_ms, session.funnel))
        return [
            _event(_LEFT, s, s.start_ms, "exit") if s.funnel == _PAGE else _event(_EXITED, s, s.active_ms, s.step)
            for s in over
            if not s.completed
        ]

    def _watch(self, view: Interaction, page: str, key: bytes) -> None:
        """Wait for what follows the view of a watched page, unless a newer view has followed it already."""
        at = view.occurred_at
        sessions = self._sessions.get(key, [])
        if any(at < session.active_ms or (at == session.start_ms and page == session.step) for session in sessions):
            return
        deadline = self._deadline(sessions) if sessions else None
        name = _session_id(key, page, at)
        page_session = Session(name, _PAGE, at, at, at, page, [], completed=False, view=_trimmed(view))
        self._keep(key, [*sessions, page_session], deadline)

    def _went_on(self, key: bytes, session: Session) -> Interaction:
        """The visit went on from a watched page."""
        sessions = self._sessions[key]
        sessions.remove(session)
        if not sessions:
            del self._sessions[key]
        self.dirty.add(key)
        return _event(_LEFT, session, session.start_ms, "next")

    def _step(self, sessions: list[Session], view: Interaction, key: bytes) -> list[Interaction]:
        at, funnel, step = view.occurred_at, view.funnel or "", view.step or ""
        last = self._funnels[funnel][-1]
        session = next((s for s in sessions if s.funnel == funnel), None)
        if session is not None and session.completed:
            if step == last or at <= session.step_ms:
                return []  # the same order again, or a view from before it
            sessions.remove(session)
            session = None
        if session is None:
            session = Session(
                _session_id(key, funnel, at), funnel, at, at, at, step, [step], step == last, _trimmed(view)
            )
            sessions.append(session)
            made = [_event(_ENTERED, session, at, step)]
            return [*made, _event(_COMPLETED, session, at, step)] if session.completed else made
        if at < session.start_ms - self._timeout_ms:
            return []
        return self._next_step(session, view, step, last)

    def _next_step(self, session: Session, view: Interaction, step: str, last: str) -> list[Interaction]:
        at = view.occurred_at
        if at >= session.step_ms:
            session.step, session.step_ms = step, at
            session.view = self._newer(session.view, view)
        if step in session.steps or len(session.steps) >= STEPS_KEPT:
            return []
        session.steps.append(step)
        if step == last:
            session.completed = True
        return [_event(_COMPLETED if step == last else _REACHED, session, at, step)]

    def _newer(self, old: Interaction, new: Interaction) -> Interaction:
        """The newer view, with what the older one knows besides: a login doesn't make the browser another."""
        view = _trimmed(new)
        view.identities = {**(old.identities or {}), **(new.identities or {})}
        if view.identities:
            view.stakeholder = people.stakeholder(view.identities, self._order)
        return view


def _trimmed(view: Interaction) -> Interaction:
    """What funnel events need of a view."""
    return Interaction(
        kind=view.kind,
        occurred_at=view.occurred_at,
        id=view.id,
        source=view.source,
        channel=view.channel,
        party=view.party,
        campaign=view.campaign,
        referrer=view.referrer,
        segment=view.segment,
        identities=view.identities,
        stakeholder=view.stakeholder,
    )


def _event(kind: int, session: Session, at: int, step: str) -> Interaction:
    view = session.view
    is_end = kind in (_EXITED, _COMPLETED)
    return Interaction(
        kind=kind,
        occurred_at=at,
        id=joined(session.id, KINDS[kind].value, step),
        source=view.source,
        channel=view.channel,
        party=view.party,
        funnel=session.funnel or None,
        step=step,
        page=session.step if kind == _LEFT else None,
        subject=",".join(each for each in session.steps if each != step) if is_end else None,
        referrer=view.referrer,
        campaign=view.campaign,
        segment=view.segment,
        identities=view.identities,
        stakeholder=view.stakeholder,
    )


def _session_id(key: bytes, funnel: str, start_ms: int) -> str:
    return blake2b(b"%b\0%b\0%d" % (key, funnel.encode(), start_ms), digest_size=12).hexdigest()
