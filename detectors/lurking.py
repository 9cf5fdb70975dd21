"""Places from which people look at a company without a word: investors, and those who think of working there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors.interaction import CHANNEL_CODES, Channel

if TYPE_CHECKING:
    from detectors.seen import Seen

FINANCIAL: Final = "financial sites"
INVESTOR_PAGES: Final = "investor pages"
CAREERS_PAGES: Final = "careers pages"
LINKEDIN: Final = "LinkedIn"
GLASSDOOR: Final = "Glassdoor"

FINANCIAL_SITES: Final = frozenset(
    (
        "finance.yahoo.com", "bloomberg.com", "reuters.com", "marketwatch.com", "morningstar.com", "seekingalpha.com",
        "investing.com", "nasdaq.com", "nyse.com", "sec.gov", "ft.com", "wsj.com", "cnbc.com", "barrons.com",
        "fool.com", "crunchbase.com", "pitchbook.com", "boerse-frankfurt.de", "finanzen.net", "onvista.de",
        "boerse.de", "handelsblatt.com",
    )
)  # fmt: skip
"""Hosts, without ``www.``, from which people come who look at a company as an investment."""
_NETWORKS: Final = {"linkedin": LINKEDIN, "lnkd": LINKEDIN, "glassdoor": GLASSDOOR}
"""By a label of the host: they have a domain in many countries."""
_CHANNELS: Final = {CHANNEL_CODES[Channel.LINKEDIN]: LINKEDIN, CHANNEL_CODES[Channel.GLASSDOOR]: GLASSDOOR}
_PAGES: Final = {
    "investor": INVESTOR_PAGES,
    "investors": INVESTOR_PAGES,
    "investor-relations": INVESTOR_PAGES,
    "ir": INVESTOR_PAGES,
    "career": CAREERS_PAGES,
    "careers": CAREERS_PAGES,
    "jobs": CAREERS_PAGES,
}
"""By one of the first two parts of a page's path: the first may be a language."""


def lurking_place(interaction: Seen) -> str | None:
    """The kind of place that a visit comes from, else that it goes to; None if it is of neither sort."""
    network = _CHANNELS.get(interaction.channel)
    if network is not None:
        return network
    host = (interaction.referrer or "").lower()
    for label in host.split("."):
        if label in _NETWORKS:
            return _NETWORKS[label]
    while host:
        if host in FINANCIAL_SITES:
            return FINANCIAL
        host = host.partition(".")[2]
    for part in (interaction.page or "").lower().split("/", 3)[:3]:
        if part in _PAGES:
            return _PAGES[part]
    return None
