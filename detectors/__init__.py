"""The pure core: what a person did, the windows kept of it, and the rules that read them.

Nothing here does I/O, reads a clock, draws a random number or logs: the same interactions give the same
alerts, whatever the batch boundaries, the speed of a replay, the crash points or the number of workers.

The way of an interaction: :mod:`~detectors.wire` decodes it, :class:`~detectors.partition.Partition` finds the person
and applies it, :mod:`~detectors.plan` says which windows remember it and which rules in :mod:`detectors.rules` are
asked, and :mod:`~detectors.conclusions` turns what a rule found into the next version of one alert.
"""
