"""History lived through twice, by the rules in force and by new ones: which alerts would be gained, which lost.

The way of a record: ``history`` (files) or ``log`` (the topic) gives pages, ``backtest`` deals them out to ``lanes``
(processes), ``judging`` applies each to both sets of rules; ``comparison`` matches the alerts, ``report`` tells.
"""
