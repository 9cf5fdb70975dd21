"""What can be told of an interaction by its first fields, as a set of bits: asked once, for all windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors.interaction import KIND_CODES, OUTBOUND, Kind

if TYPE_CHECKING:
    from detectors.seen import Seen

COMPLAINT: Final = 1
"""Known to be a complaint; what nobody can tell is none."""
THEIRS: Final = 2
"""Said by the person, not to them."""
PRAISE: Final = 4
"""The person's own words, positive, and no complaint."""
DISPLEASED: Final = 8
"""The person's own words, negative or a complaint; what nobody can tell is neither."""
UNTOLD: Final = 16
"""The person's own words, of which nobody can tell whether they are a complaint, nor their tone."""
COMES_BACK: Final = 32
"""The person's own complaint; or them turning to us, when nobody can tell whether it is one."""
CONTENT: Final = 64
"""The person's own words, known to be neither negative nor a complaint."""
CALM_TONE: Final = 0.05
"""VADER's own bound: a compound score below -0.05 is negative, above 0.05 positive."""
DIRECT: Final = (
    Kind.TICKET_OPENED,
    Kind.TICKET_REPLIED,
    Kind.TICKET_REOPENED,
    Kind.CALL_MADE,
    Kind.CHAT_STARTED,
    Kind.MAIL_REPLIED,
    Kind.ENQUIRY_MADE,
)
"""The kinds by which a person turns to us."""

_OUTBOUND: Final = OUTBOUND
_DIRECT_CODES: Final = frozenset(KIND_CODES[kind] for kind in DIRECT)


def traits_of(interaction: Seen) -> int:
    """The bits that are true of the interaction."""
    complaint = interaction.complaint
    traits: int = COMPLAINT if complaint is True else 0
    if interaction.direction == _OUTBOUND:
        return traits
    traits |= THEIRS
    tone = interaction.tone
    if complaint is True:
        return traits | DISPLEASED | COMES_BACK
    if complaint is None and interaction.kind in _DIRECT_CODES:
        traits |= COMES_BACK
    if tone is None:
        return traits | (UNTOLD if complaint is None else CONTENT)
    if tone < -CALM_TONE:
        return traits | DISPLEASED
    return traits | CONTENT | PRAISE if tone > CALM_TONE else traits | CONTENT
