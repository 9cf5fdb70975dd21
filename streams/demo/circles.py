"""The people around the company: the stories that some of them live, one for each type, and near misses."""

from __future__ import annotations

from typing import Final

from streams.demo.stories import REFERENCES, Story, story

OURS: Final = " ".join((REFERENCES / "about-us.txt").read_text(encoding="utf-8").split())
STORIES: Final[tuple[Story, ...]] = (
    # Customers, by what sources without a mapping tell of them
    story(
        "a fan, and no longer",
        "customer",
        "communities",
        """
        days 0 9 17     19:00  post_published  facebook  in  tone=0.8  "The lantern lights our whole garden, love it."
        days 25 34 42   19:00  post_published  facebook  in  tone=0.7  "Gave the blanket to my sister, she is in love."
        tells fan_emerging 17
        tells fan_quiet 84
        """,
    ),
    story(
        "a fan who turns",
        "customer",
        "communities",
        """
        days 0 11 23  19:00  post_published  facebook  in  tone=0.8  "Best deck shoes I ever had."
        day  40       20:00  post_published  facebook  in  tone=-0.7  complaint  "Soles gone after a month. A shame."
        tells fan_emerging 23
        tells fan_turned 40
        tells fan_quiet 65
        """,
    ),
    story(
        "somebody who is pleased now and then",
        "customer",
        "communities",
        """
        days 0..176/55  19:00  post_published  facebook  in  tone=0.6  "Nice shop, as ever."
        days 0..178/2   21:00  login_made      site
        """,
    ),
    story(
        "somebody who answers whatever is asked",
        "customer",
        "surveys",
        """
        days 0..60/12  09:00  survey_sent      mail  out
        days 1..61/12  20:00  survey_answered  mail  in  tone=0.3  score=7  "More sizes of the sweater would help."
        tells helpful_emerging 37
        """,
    ),
    story(
        "somebody who answers one survey in three",
        "customer",
        "surveys",
        """
        days 0..160/16  09:00  survey_sent      mail  out
        days 1 49 97 145  20:00  survey_answered  mail  in  tone=0.2  score=6  "Fine."
        """,
    ),
    story(
        "somebody who wants company",
        "customer",
        "calls",
        """
        days 0..63/7  11:00  call_made  phone  in  content  tone=0.2  "Asks how the weather is at the harbour."
        tells needy_pattern 21
        """,
    ),
    story(
        "somebody who calls every month",
        "customer",
        "calls",
        """
        days 0..178/30  11:00  call_made   phone  in  content  "Asks for the opening hours."
        days 0..178/3   21:00  login_made  site
        """,
    ),
    story(
        "a customer who was lost and comes back",
        "customer",
        "tills",
        """
        days 0..63/7  17:00  purchase_made  shop
        day  170      17:00  purchase_made  shop
        tells silent_stop 72
        tells win_back 170
        """,
    ),
    story(
        "a customer of the shop at the harbour",
        "customer",
        "tills",
        """
        days 0..176/8  12:00  purchase_made  shop
        """,
    ),
    # Partners and investors
    story(
        "an investor who watches, and speaks",
        "investor",
        "investors",
        """
        days 0 6 15 20  08:00  page_viewed     site      in  page=/investors/annual-report
        day  12         08:10  followed        linkedin
        day  60         09:00  mention_made    twitter   in  tone=0.3  "Harbour Goods looks sound this year."
        days 80 130 170 08:00  page_viewed     site      in  page=/
        tells silent_watcher 12
        tells watcher_speaks 60
        """,
    ),
    story(
        "an investor who watched, and is gone",
        "investor",
        "investors",
        """
        days 0 5 14  08:00  page_viewed  site      in  page=/investors/annual-report
        day  16      08:10  followed     linkedin
        tells silent_watcher 14
        tells partner_cooling 116
        becomes dormant
        """,
    ),
    story(
        "an investor who looks once a quarter",
        "investor",
        "investors",
        """
        days 0 88       08:00  page_viewed  site  page=/investors
        days 0..178/4   08:00  page_viewed  site  page=/
        """,
    ),
    story(
        "a partner who copies",
        "partner",
        "partners",
        f"""
        day 3   09:00  content_published  blog  in  "{OURS}"
        day 20  09:00  content_published  blog  in  "{OURS.replace("soles", "shoes")}"
        days 40..170/10  08:00  login_made  site
        tells copy_cat 20
        """,
    ),
    story(
        "a partner who gives in return, and grows cold",
        "partner",
        "partners",
        """
        days 0 93     10:00  traffic_referred   site   in  referrer=sailing-friends.example
        days 1 94     10:00  article_published  blog   in  tone=0.4  "Our favourite lantern comes from the harbour."
        days 2 95     10:00  campaign_joined    mail   in
        days 3 30 60  10:00  mail_replied       mail   in  content
        tells partner_bonding 94
        tells partner_cooling 153
        """,
    ),
    story(
        "a partner with texts of their own",
        "partner",
        "partners",
        """
        days 0..176/22  09:00  content_published  blog  in  "How to oil a hat: linseed, a soft brush, patience."
        days 0..178/4   08:00  login_made         site
        """,
    ),
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
        "a critic",
        "journalist",
        "press",
        """
        day 0   08:00  article_published  press  in  tone=-0.6  "Late parcels, silent phones."
        day 40  08:00  article_published  press  in  tone=-0.5  "A month later: still silent."
        tells press_turned 40
        """,
    ),
    story(
        "a friend",  # is known as one, and no news
        "journalist",
        "press",
        """
        days 0..165/15  10:00  page_viewed        site   page=/press
        days 20 60      08:00  article_published  press  in  tone=0.5  "They still oil every hat by hand."
        becomes friend
        """,
    ),
    story(
        "a reader of the press pages",
        "journalist",
        "press",
        """
        days 0..176/8  10:00  page_viewed        site   page=/press
        day  60        15:00  article_published  press  in  tone=-0.3  "Prices of wool."
        day  130       15:00  article_published  press  in  tone=0.4   "The harbour in spring."
        """,
    ),
    # Employees
    story(
        "somebody who speaks for the company, and no longer",
        "employee",
        "employees",
        """
        days 0..90/10    12:00  content_shared       linkedin
        days 0..176/4    09:00  colleague_contacted  internal
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
    story(
        "a newcomer whom nobody takes along",
        "employee",
        "employees",
        """
        day 0  09:00  onboarding_step_done  internal
        day 1  09:00  colleague_contacted   internal
        tells newcomer_stalled 13
        """,
    ),
    story(
        "somebody whose work goes unused",
        "employee",
        "employees",
        """
        days 0..75/3    10:00  colleague_contacted  internal
        days 0..75/15   15:00  training_done        internal
        tells talent_unused 90
        """,
    ),
)
"""Days stay within the company's months; who tells nothing is a near miss."""
