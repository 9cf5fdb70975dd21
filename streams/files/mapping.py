"""Source records to interactions without a broker: what ``ingest`` does with them, in one partition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.ingest import people
from streams.ingest.mapper import Mapped, Mapper
from streams.ingest.mappings.page_views import SOURCE as PAGE_VIEWS
from streams.ingest.refusal import Refused
from streams.ingest.sessions import Sessions, session_key

if TYPE_CHECKING:
    from detectors.interaction import Interaction
    from streams.ingest.settings import IngestSettings


class SourceRun:
    """Maps the records of one source in their order; page views give the funnel events of their sessions as well.

    ValueError naming the sources there are if there is no mapping for it.
    """

    def __init__(self, source: str, settings: IngestSettings) -> None:
        self._mapper = Mapper(source, settings)
        self._order = settings.identity_order
        self._sessions = Sessions(settings) if source == PAGE_VIEWS else None
        self._newest_ms = 0

    def take(self, value: bytes, received_at_ms: int) -> Mapped:
        """What became of one record, with the exits that its time proves."""
        mapped = self._mapper.map(value, received_at_ms)
        sessions = self._sessions
        if sessions is not None:
            made: list[Interaction] = []
            for interaction in mapped.interactions:
                self._newest_ms = max(self._newest_ms, interaction.occurred_at)
                told = sessions.apply(interaction, session_key(interaction))
                made += (interaction, *told, *sessions.advance(self._newest_ms))
            mapped.interactions = made
        return mapped

    def let_pass(self, until_ms: int) -> list[Interaction]:
        """The exits of sessions that are over when event time reaches this."""
        return [] if self._sessions is None else self._sessions.advance(until_ms)

    def unresolved(self, interaction: Interaction) -> Interaction:
        """The interaction without a stakeholder that only its identities gave it, as before resolution."""
        try:
            if interaction.stakeholder == people.stakeholder(interaction.identities or {}, self._order):
                interaction.stakeholder = None
        except Refused:  # its record named the stakeholder and nothing else
            pass
        return interaction
