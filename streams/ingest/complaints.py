"""Whether an English text says that something went wrong, by what people write when they complain to a company.

Negative is not complaint: an angry joke is no complaint, and "still waiting for my parcel" holds no angry word. So the
verdict rests on phrases about a failed service, not on tone.
"""

from __future__ import annotations

import re

_PHRASES = (
    # waiting and silence
    r"still (?:waiting|no (?:reply|response|answer|refund|news|word)|not (?:working|received|fixed|resolved"
    r"|arrived))",
    r"still (?:have ?n[o']?t|has ?n[o']?t|do ?n[o']?t|does ?n[o']?t|did ?n[o']?t|ca ?n[o']?t) ",
    r"(?:no|never|not|zero|without) (?:\w+ ){0,2}(?:reply|response|answer|resolution|call ?back)\b",
    r"(?:no ?one|nobody) (?:\w+ ){0,2}(?:answer|respon|repl|help|call)\w*",
    r"(?:been|keep|kept|tired of|sick of) (?:\w+ ){0,2}(?:waiting|on hold|ignored|ignoring)\b",
    r"(?:on hold|waiting|waited) (?:\w+ ){0,3}(?:for|over|since) (?:\w+ ){0,3}(?:hours?|days?|weeks?|months?"
    r"|mins?|minutes)",
    r"(?:third|fourth|3rd|4th|5th|second|2nd) time (?:i|this|that|in|now)\b|how many times",
    # money
    r"(?:want|need|demand|get|give|gave|where is|where's|waiting for|process|owed?|refus\w+|denied) "
    r"(?:\w+ ){0,4}(?:refund(?:ed)?|money back)\b",
    r"(?:over|double|wrongly|wrongfully|incorrectly|twice) ?-?charged|charged (?:\w+ ){0,3}(?:twice|again|wrong\w*)",
    r"unauthori[sz]ed (?:charge|transaction|payment|account|inquir)\w*|hidden fees?|rip(?:ped)?[ -]?off",
    r"\bscam(?:med|mers?|ming|s)?\b|\bfraud(?:ulent\w*)?\b|stole (?:\w+ ){0,2}(?:money|my)|dispute[ds]? ",
    # failure
    r"(?:does|do|did|is|are|was|has|have|ca|wo|could|would)(?: ?n[o']?t|n't| not) "
    r"(?:\w+ ){0,2}(?:work(?:ing|ed)?|load(?:ing)?|arriv\w+|deliver\w*|turn on|connect\w*|respond\w*|answer\w*"
    r"|help\w*)\b",
    r"(?:stopped|not|isn't|isnt) (?:been )?working|(?:keeps?|kept) (?:\w+ ){0,2}(?:crash|fail|freez|error"
    r"|restart|drop)\w*",
    r"\b(?:is|are|was|came|arrived|were|it's|its|got|a|my|completely|app) (?:\w+ )?(?:broken|defective|faulty"
    r"|damaged)\b",
    r"never (?:\w+ )?(?:arrived|received|delivered|came|showed|got|shipped|resolved|fixed|signed|authori[sz]ed"
    r"|opened)",
    r"(?:have|has|had|did) ?(?:n[o']?t|not) (?:\w+ )?(?:receive|got|get|arrive)d?\b|(?:did|do) ?(?:n[o']?t"
    r"|not) (?:\w+ )?"
    r"(?:authori[sz]e|recogni[sz]e|owe)d?\b",
    r"(?:wrong|missing|incorrect|inaccurate) (?:item|order|size|product|parcel|address|amount|information"
    r"|account|part)s?",
    r"(?:been|got|was|is|are|were|wrongly) (?:\w+ )?(?:suspended|hacked|banned|locked out|disconnected|overcharged)",
    r"(?:lost|losing|delayed|cancelled|canceled) (?:\w+ )?my (?:\w+ )?(?:flight|bag|bags|luggage|order|package"
    r"|parcel|booking)",
    r"my (?:\w+ )?(?:flight|bag|luggage|order|package|parcel|booking) (?:\w+ )?(?:is|was|has been|got) (?:\w+ )?"
    r"(?:late|lost|delayed|cancelled|canceled|missing|stolen)",
    r"(?:ca ?n[o']?t|cannot|can not|could ?n[o']?t|unable to|not able to|wo ?n[o']?t let me|not letting me|not"
    r" allow(?:ing)? me) "
    r"(?!wait )(?:\w+ ){0,2}(?:to )?(?:log|access|sign|get|use|play|open|load|install|update|download|connect"
    r"|verify|print|watch|"
    r"recover|reach|contact|find|see|login|stream|upload|view|enter|pay|cancel)\b",
    r"(?:having|have|had|got|there is|there's|experiencing) (?:\w+ ){0,3}(?:issues?|problems?|trouble"
    r"|difficult\w+|glitch\w*) ",
    r"(?:issues?|problems?) with (?:my|your|the|this|an?|our)\b|(?:error|fail\w*) (?:code|message)|an error\b"
    r"|error \w*\d",
    r"nothing (?:\w+ ){0,3}work\w*|no luck\b|to no avail|tried (?:\w+ )?(?:many|several|numerous|multiple"
    r"|everything|calling|"
    r"contacting|reaching)|(?:many|several|numerous|multiple) (?:times|attempts|calls|emails)",
    r"keeps? (?:getting|saying|telling|asking|showing|happening|sending|calling|giving)|keep (?:on )?(?:saying"
    r"|telling|calling)",
    # accounts and records
    r"(?:does|do|did|is|are|was) ?(?:n[o']?t|not) (?:belong to me|mine|my (?:debt|account|fault))\b|not"
    r" (?:mine|my debt)\b",
    r"(?:no|without) (?:\w+ ){0,2}(?:knowledge of|knowledge|consent|permission|authori[sz]ation|notice"
    r"|explanation|warning)\b",
    r"refus(?:es|ed|ing) (?:\w+ )?to\b|fail(?:s|ed|ing|ure) to\b|unwilling to\b",
    r"(?:incorrectly|inaccurately|wrongfully|wrongly|erroneously|illegally|falsely|fraudulently) "
    r"|\b(?:inaccurate|erroneous)\b",
    r"(?:in )?violat(?:es?|ed|ing|ions?)\b|identity theft|harass(?:ed|ing|ment|es)?\b|\bbreach(?:ed)?\b"
    r"|threaten(?:s|ed|ing)?\b",
    r"(?:they|you|bank|company|agency|agent|rep\w*) (?:\w+ )?(?:lied|lie|cheat\w*|trick\w*|ignored|deceiv\w*"
    r"|mis(?:led|handled))\b",
    # verdicts on the service
    r"\bunacceptable\b|\binexcusable\b|\bappalling\b|\bdisgraceful\b|\bridiculous (?:service|wait|that|how)",
    r"(?:worst|terrible|horrible|awful|poor|pathetic|shocking|bad|crap|shit\w*|useless|disappoint\w+|lousy"
    r"|zero|rubbish) "
    r"(?:\w+ )?(?:service|support|experience|company|airline|airlines|bank|customer|app|update|quality|product"
    r"|delivery)\b",
    r"(?:service|support|app|site|website|company|quality|product|update) (?:is|was|has been|are) (?:\w+ ){0,2}"
    r"(?:terrible|horrible|awful|poor|pathetic|shocking|bad|crap|shit\w*|useless|a joke|disappointing|rubbish"
    r"|down|broken|trash)",
    r"(?:very|so|really|extremely|deeply|totally) (?:disappointed|frustrat\w+|unhappy|dissatisfied|upset) "
    r"(?:with|in|by|about|at|that|you)",
    r"\b(?:not happy|unhappy|dissatisfied|fed up|disappointed) (?:with|by|about|in)\b|waste of (?:\w+"
    r" )?(?:time|money)",
    r"(?:file|filed|filing|make|made|lodge[ds]?|submit\w*|my|a|formal) (?:\w+ )?complaint\b|i (?:am|'m) complaining",
    r"sort (?:it|this|yourselves) out|fix (?:it|this|your) |get your act together|false advertising|mis(?:led"
    r"|leading)\b",
    # leaving
    r"(?:cancel|cancelling|canceling|close|closing) (?:my|our|the) "
    r"(?:\w+ )?(?:account|subscription|order|membership|contract|plan|service)",
    r"never (?:\w+ ){0,2}(?:again|buy|order|shop|fly|use|book|recommend)\b|losing a customer|lost a customer|"
    r"(?:taking|take) my (?:business|money) elsewhere",
)
_COMPLAINT = re.compile(r"\b(?:" + "|".join(_PHRASES) + ")", re.IGNORECASE)
# "No complaints", "not a scam", "never disappointed": within the three words before the phrase.
_NEGATED = re.compile(
    r"\b(?:no|not|n't|never|without|hardly|isn't|wasn't|don't|didn't|nothing)\s+(?:\w+\s+){0,2}$", re.IGNORECASE
)
_OWN_NEGATION = re.compile(r"(?:no|not|never|zero|without|no ?one|nobody|still)\b", re.IGNORECASE)


def complains(text: str) -> bool:
    """Whether the text complains of something that went wrong; a phrase that is negated does not count."""
    text = text.replace("\u2019", "'")
    for match in _COMPLAINT.finditer(text):
        if _OWN_NEGATION.match(match.group()) or not _NEGATED.search(text[max(0, match.start() - 30) : match.start()]):
            return True
    return False
