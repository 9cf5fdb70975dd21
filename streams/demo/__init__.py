"""A simulated company, whose months pass in a minute or two: what `rapport demo` shows.

In the order of the story: ``people`` says who there is, ``casting`` who plays which part and thereby what is planted;
``life`` lives a person's days with the records of ``shop``, ``desk`` and ``feed`` (in the formats that Segment,
Zendesk and X really send, with the sentences of ``words``); ``circles`` are lives written down as tables (``stories``),
``tide_tables`` what many strangers do at once (``tides``), who else posts is ``crowd``; ``simulator`` brings all lives
into one order of time; ``pace`` says when each event is due in real time and ``publisher`` sends it; ``watching`` reads
the alerts, ``verdict`` compares them with what was planted; ``stage`` runs it all and ``screen`` shows it.

The same seed, people and last day give the same events to the byte.
To plant one more kind of shift: a table in ``circles`` or ``tide_tables``; of customers a part in ``casting``, and what
it does to a day in ``life``.
"""
