"""What people of the company write and say; ``BRAND`` stands for its handle."""

from __future__ import annotations

from typing import Final

BRAND: Final = "harbourgoods"

FIRST_NAMES: Final = (
    "Ada", "Alan", "Barbara", "Claude", "Dennis", "Donald", "Edsger", "Frances", "Grace", "Hedy", "Ivan", "Jean",
    "John", "Karen", "Katherine", "Ken", "Leslie", "Linus", "Lynn", "Margaret", "Mary", "Niklaus", "Noor", "Olga",
    "Peter", "Radia", "Robin", "Shafi", "Sophie", "Tim", "Tony", "Vera", "Whitfield", "Yukihiro",
)  # fmt: skip
LAST_NAMES: Final = (
    "Abbott", "Baker", "Castillo", "Dietrich", "Evans", "Fontaine", "Garcia", "Hughes", "Ito", "Jansen", "Kowalski",
    "Larsen", "Moreau", "Novak", "Okafor", "Petrov", "Quinn", "Rossi", "Silva", "Taylor", "Ueda", "Vogel", "Weber",
    "Xavier", "Young", "Zimmer",
)  # fmt: skip
COUNTRIES: Final = (("US", "en-US", "USD"), ("GB", "en-GB", "GBP"), ("IE", "en-IE", "EUR"), ("CA", "en-CA", "CAD"))
PRODUCTS: Final = (
    ("HG-101", "Storm lantern", 39.0), ("HG-114", "Wool blanket", 64.5), ("HG-120", "Enamel mug", 12.9),
    ("HG-133", "Canvas bag", 48.0), ("HG-142", "Deck shoes", 89.0), ("HG-155", "Rope basket", 27.5),
    ("HG-160", "Tide clock", 59.9), ("HG-177", "Oilskin hat", 33.0), ("HG-181", "Fisherman sweater", 119.0),
    ("HG-190", "Brass compass", 74.0),
)  # fmt: skip

QUESTIONS: Final = (
    ("Delivery to a neighbour", "Can you deliver the next order to my neighbour?"),
    ("Size of the sweater", "Does the sweater come in tall sizes?"),
    ("Gift wrapping", "Do you offer gift wrapping for the lantern?"),
    ("Invoice with company name", "Could you put our company name on the invoice?"),
    ("Opening hours", "When is the shop at the harbour open on Sundays?"),
)
COMPLAINTS: Final = (
    ("Wrong item again", "You sent the wrong item for the second time. I want my money back."),
    ("Parcel never arrived", "My parcel never arrived and nobody answers. This is unacceptable."),
    ("Broken on arrival", "The lantern arrived broken and the replacement was broken as well. Very disappointed."),
    ("Charged twice", "I was charged twice for one order and still have no refund."),
    ("Terrible service", "Still waiting for a reply after two weeks. Terrible service."),
    ("Refund promised, never paid", "You promised a refund in March and I still have no money back."),
    ("Sweater fell apart", "The sweater fell apart in the first wash. Very disappointed with the quality."),
    ("Half of the order", "Half of my order is missing and nobody can tell me where it is."),
    ("Clock stopped working", "The tide clock stopped working after a week, and the spare never arrived."),
    ("Delivered to a stranger", "My parcel was left with a stranger. I want my money back or a new one."),
)
CALLS: Final = (
    ("Phone call: still no refund", "Caller is upset: charged twice, still waiting for the refund, demands a manager."),
    ("Phone call: parcel missing", "Caller says the parcel never arrived and that nobody answers the mails."),
    ("Phone call: broken again", "Caller complains that the replacement came broken, too. Wants the money back."),
    ("Phone call: wrong size", "Caller got the wrong size twice and is tired of waiting for the right one."),
    ("Phone call: return ignored", "Caller sent the shoes back three weeks ago and has heard nothing. Very annoyed."),
    ("Phone call: voucher refused", "Caller says the voucher was refused at the checkout and nobody helps."),
)
CHATS: Final = (
    ("Chat: where is my order", "where is my order?? it was due last week and nobody answers"),
    ("Chat: refund", "I was told to wait 5 days for the refund, that was a month ago. This is unacceptable"),
    ("Chat: damaged", "the mug arrived damaged, I sent photos twice and got no reply"),
    ("Chat: wrong colour", "second time you sent the wrong colour, very disappointed with you"),
    ("Chat: cancelled without a word", "my order was cancelled without any explanation, terrible service"),
)
ANGRY_POSTS: Final = (
    "still no refund after all these weeks. Worst service ever, never buying here again",
    "my parcel never arrived and all I get is being kept on hold. Unacceptable",
    "broken again on arrival and nobody answers. Terrible customer service, avoid",
    "charged twice, answered never. I am so disappointed with this shop",
    "third time I ask where my lantern is. Still no answer, what a joke",
    "the wrong size again. Losing a customer here, and nobody cares",
    "promised a refund, got silence. Never again",
)
PRAISE: Final = (
    "the new blanket is wonderful, thank you so much",
    "love my storm lantern, what a great little shop",
    "best deck shoes I ever had, absolutely happy with them",
)
ASKING: Final = (
    "do you ship to Norway?",
    "when will the tide clock be back?",
    "is the harbour shop open on Monday?",
)
GRUMBLES: Final = (
    "delivery took nine days this time, very disappointed with the service",
    "my order came with the wrong size and the return form doesn't work",
)
REPLIES: Final = (
    "Thank you for writing to us. We looked into it and it is settled now.",
    "We are sorry to hear that. A colleague has taken care of it today.",
    "Happy to help: the answer is yes, with your next order.",
)
SURPRISES: Final = (
    "saw your wonderful oilskin hat in last night's film, I love it",
    "the detective wears your hat! Great film, great hat",
    "where can I get the hat from the film? Love it, so beautiful",
    "is that your hat in the film? Amazing, I want one",
)
SWEATER_PRAISE: Final = (
    "Warm, soft, fits well.",
    "My second one, as good as the first.",
    "Kept me dry and warm all winter.",
)
SWEATER_COMPLAINTS: Final = (
    "Fell apart in the first wash.",
    "The seams opened after a day.",
    "Not the wool it used to be. I want my money back.",
)
