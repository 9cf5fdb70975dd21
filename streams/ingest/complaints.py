"""Whether an English text says that something went wrong, by what people write when they complain to a company.

Negative is not complaint: an angry joke is no complaint, and "still waiting for my parcel" holds no angry word. So the
verdict rests on phrases about a failed service, not on tone.
"""

from __future__ import annotations

import re

# A phrase begins with letters or digits, or with a group of beginnings that holds no other group.
_PHRASES = (
    # waiting and silence
    r"still (?:waiting|no (?:reply|response|answer|refund|news|word)|not (?:working|received|fixed|resolved|arrived))",
    r"still (?:have ?n[o']?t|has ?n[o']?t|do ?n[o']?t|does ?n[o']?t|did ?n[o']?t|ca ?n[o']?t) ",
    r"(?:no|never|not|zero|without) (?:\w+ ){0,2}(?:reply|response|answer|resolution|call ?back)\b",
    r"(?:no ?one|nobody) (?:\w+ ){0,2}(?:answer|respon|repl|help|call)\w*",
    r"(?:been|keep|kept|tired of|sick of) (?:\w+ ){0,2}(?:waiting|on hold|ignored|ignoring)\b",
    r"(?:on hold|waiting|waited) (?:\w+ ){0,3}(?:for|over|since) (?:\w+ ){0,3}(?:hours?|days?|weeks?|months?|mins?"
    r"|minutes)",
    r"(?:third|fourth|3rd|4th|5th|second|2nd) time (?:i|this|that|in|now)\b",
    r"how many times",
    # money
    r"(?:want|need|demand|get|give|gave|where is|where's|waiting for|process|owed?|refus\w+|denied) "
    r"(?:\w+ ){0,4}(?:refund(?:ed)?|money back)\b",
    r"(?:over|double|wrongly|wrongfully|incorrectly|twice) ?-?charged",
    r"charged (?:\w+ ){0,3}(?:twice|again|wrong\w*)",
    r"unauthori[sz]ed (?:charge|transaction|payment|account|inquir)\w*",
    r"hidden fees?",
    r"rip(?:ped)?[ -]?off",
    r"scam(?:med|mers?|ming|s)?\b",
    r"fraud(?:ulent\w*)?\b",
    r"stole (?:\w+ ){0,2}(?:money|my)",
    r"dispute[ds]? ",
    # failure
    r"(?:does|do|did|is|are|was|has|have|ca|wo|could|would)(?: ?n[o']?t|n't| not) (?:\w+ ){0,2}"
    r"(?:work(?:ing|ed)?|load(?:ing)?|arriv\w+|deliver\w*|turn on|connect\w*|respond\w*|answer\w*|help\w*)\b",
    r"(?:stopped|not|isn't|isnt) (?:been )?working",
    r"(?:keeps?|kept) (?:\w+ ){0,2}(?:crash|fail|freez|error|restart|drop)\w*",
    r"(?:is|are|was|came|arrived|were|it's|its|got|a|my|completely|app) (?:\w+ )?(?:broken|defective|faulty|damaged)\b",
    r"never (?:\w+ )?(?:arrived|received|delivered|came|showed|got|shipped|resolved|fixed|signed|authori[sz]ed|opened)",
    r"(?:have|has|had|did) ?(?:n[o']?t|not) (?:\w+ )?(?:receive|got|get|arrive)d?\b",
    r"(?:did|do) ?(?:n[o']?t|not) (?:\w+ )?(?:authori[sz]e|recogni[sz]e|owe)d?\b",
    r"(?:wrong|missing|incorrect|inaccurate) (?:item|order|size|product|parcel|address|amount|information|account"
    r"|part)s?",
    r"(?:been|got|was|is|are|were|wrongly) (?:\w+ )?(?:suspended|hacked|banned|locked out|disconnected|overcharged)",
    r"(?:lost|losing|delayed|cancelled|canceled) (?:\w+ )?my (?:\w+ )?(?:flight|bag|bags|luggage|order|package"
    r"|parcel|booking)",
    r"my (?:\w+ )?(?:flight|bag|luggage|order|package|parcel|booking) (?:\w+ )?(?:is|was|has been|got) (?:\w+ )?"
    r"(?:late|lost|delayed|cancelled|canceled|missing|stolen)",
    r"(?:ca ?n[o']?t|cannot|can not|could ?n[o']?t|unable to|not able to|wo ?n[o']?t let me|not letting me"
    r"|not allowing me|not allow me) (?!wait )(?:\w+ ){0,2}(?:to )?"
    r"(?:log|access|sign|get|use|play|open|load|install|update|download|connect|verify|print|watch|recover|reach"
    r"|contact|find|see|login|stream|upload|view|enter|pay|cancel)\b",
    r"(?:having|have|had|got|there is|there's|experiencing) (?:\w+ ){0,3}(?:issues?|problems?|trouble|difficult\w+"
    r"|glitch\w*) ",
    r"(?:issues?|problems?) with (?:my|your|the|this|an?|our)\b",
    r"(?:error|fail\w*) (?:code|message)",
    r"an error\b",
    r"error \w*\d",
    r"nothing (?:\w+ ){0,3}work\w*",
    r"no luck\b",
    r"to no avail",
    r"tried (?:\w+ )?(?:many|several|numerous|multiple|everything|calling|contacting|reaching)",
    r"(?:many|several|numerous|multiple) (?:times|attempts|calls|emails)",
    r"keeps? (?:getting|saying|telling|asking|showing|happening|sending|calling|giving)",
    r"keep (?:on )?(?:saying|telling|calling)",
    # accounts and records
    r"(?:does|do|did|is|are|was) ?(?:n[o']?t|not) (?:belong to me|mine|my (?:debt|account|fault))\b",
    r"not (?:mine|my debt)\b",
    r"(?:no|without) (?:\w+ ){0,2}(?:knowledge of|knowledge|consent|permission|authori[sz]ation|notice|explanation"
    r"|warning)\b",
    r"refus(?:es|ed|ing) (?:\w+ )?to\b",
    r"fail(?:s|ed|ing|ure) to\b",
    r"unwilling to\b",
    r"(?:incorrectly|inaccurately|wrongfully|wrongly|erroneously|illegally|falsely|fraudulently) ",
    r"(?:inaccurate|erroneous)\b",
    r"(?:in violat|violat)(?:es?|ed|ing|ions?)\b",
    r"identity theft",
    r"harass(?:ed|ing|ment|es)?\b",
    r"breach(?:ed)?\b",
    r"threaten(?:s|ed|ing)?\b",
    r"(?:they|you|bank|company|agency|agent|rep\w*) (?:\w+ )?(?:lied|lie|cheat\w*|trick\w*|ignored|deceiv\w*"
    r"|mis(?:led|handled))\b",
    # verdicts on the service
    r"unacceptable\b",
    r"inexcusable\b",
    r"appalling\b",
    r"disgraceful\b",
    r"ridiculous (?:service|wait|that|how)",
    r"(?:worst|terrible|horrible|awful|poor|pathetic|shocking|bad|crap|shit\w*|useless|disappoint\w+|lousy|zero"
    r"|rubbish) (?:\w+ )?(?:service|support|experience|company|airline|airlines|bank|customer|app|update|quality"
    r"|product|delivery)\b",
    r"(?:service|support|app|site|website|company|quality|product|update) (?:is|was|has been|are) (?:\w+ ){0,2}"
    r"(?:terrible|horrible|awful|poor|pathetic|shocking|bad|crap|shit\w*|useless|a joke|disappointing|rubbish|down"
    r"|broken|trash)",
    r"(?:very|so|really|extremely|deeply|totally) (?:disappointed|frustrat\w+|unhappy|dissatisfied|upset) "
    r"(?:with|in|by|about|at|that|you)",
    r"(?:not happy|unhappy|dissatisfied|fed up|disappointed) (?:with|by|about|in)\b",
    r"waste of (?:\w+ )?(?:time|money)",
    r"(?:file|filed|filing|make|made|lodge[ds]?|submit\w*|my|a|formal) (?:\w+ )?complaint\b",
    r"i (?:am|'m) complaining",
    r"sort (?:it|this|yourselves) out",
    r"fix (?:it|this|your) ",
    r"get your act together",
    r"false advertising",
    r"mis(?:led|leading)\b",
    # leaving
    r"(?:cancel|cancelling|canceling|close|closing) (?:my|our|the) (?:\w+ )?(?:account|subscription|order"
    r"|membership|contract|plan|service)",
    r"never (?:\w+ ){0,2}(?:again|buy|order|shop|fly|use|book|recommend)\b",
    r"losing a customer",
    r"lost a customer",
    r"(?:taking|take) my (?:business|money) elsewhere",
)
_FOLDS = (("\u2019", "'"), ("\u0130", "i"), ("\u0131", "i"), ("\u017f", "s"), ("\u212a", "k"))
"""The other apostrophe, and every letter beyond ASCII that is one of ASCII when case is ignored."""


def folded(text: str) -> str:
    """The text as the patterns want it: in lower case, as long as before, so that they need not ignore case."""
    if not text.isascii():
        for written, plain in _FOLDS:
            text = text.replace(written, plain)
    return text.lower()


def _by_first_letter(phrases: tuple[str, ...]) -> str:
    """A pattern that finds at a place what the first matching phrase does, and tries there those of its letter only."""
    branches: dict[str, list[str]] = {}
    for phrase in phrases:
        group, rest = phrase[3:].split(")", 1) if phrase.startswith("(?:") else (phrase[0], phrase[1:])
        beginnings = group.split("|")
        for letter in dict.fromkeys(beginning[0] for beginning in beginnings):
            tails = "|".join(beginning[1:] for beginning in beginnings if beginning[0] == letter)
            branches.setdefault(letter, []).append(f"(?:{tails}){rest}")
    return "|".join(f"{letter}(?:{'|'.join(tails)})" for letter, tails in branches.items())


_COMPLAINT = re.compile(rf"\b(?:{_by_first_letter(_PHRASES)})")
# "No complaints", "not a scam", "never disappointed": within the three words before the phrase.
_NEGATED = re.compile(r"\b(?:no|not|n't|never|without|hardly|isn't|wasn't|don't|didn't|nothing)\s+(?:\w+\s+){0,2}$")
_OWN_NEGATION = re.compile(r"(?:no|not|never|zero|without|no ?one|nobody|still)\b")


def complains(text: str) -> bool:
    """Whether the text complains of something that went wrong; a phrase that is negated does not count."""
    text = folded(text)
    for match in _COMPLAINT.finditer(text):
        if _OWN_NEGATION.match(match.group()) or not _NEGATED.search(text[max(0, match.start() - 30) : match.start()]):
            return True
    return False
