"""The people around the company besides its customers: the stories that some of them live, and near misses."""

from __future__ import annotations

from typing import Final

from streams.demo.stories import Story, story

STORIES: Final[tuple[Story, ...]] = (
    # The press
    story(
        "an enquiry that waits",
        "journalist",
        "press",
        """
        day 0  10:00  page_viewed   site   page=/press
        day 4  09:30  enquiry_made  mail   in  "Will the harbour shop stay open in winter? I write for tomorrow."
        day 5  11:00  mail_sent     mail   out
        tells press_deadline 4
        """,
    ),
    story(
        "a reader of the press pages",
        "journalist",
        "press",
        """
        days 0..170/17  10:00  page_viewed        site   page=/press
        days 60 130     15:00  article_published  press  tone=0.1  "The harbour in spring."
        """,
    ),
    # Employees
    story(
        "somebody who speaks for the company, and no longer",
        "employee",
        "employees",
        """
        days 0..90/10    12:00  content_shared       linkedin
        days 0..160/4    09:00  colleague_contacted  internal
        tells advocate_emerging 10
        tells advocate_quiet 140
        """,
    ),
    story(
        "a colleague who shares now and then",
        "employee",
        "employees",
        """
        days 0..175/5      09:00  colleague_contacted  internal
        days 20 75 140     12:00  content_shared       linkedin
        """,
    ),
)
"""Days stay within the company's months; who tells nothing is a near miss."""
