"""The pure core: what a person did, the windows kept of it, and the rules that read them.

Nothing here does I/O, reads a clock, draws a random number or logs: the same interactions give the same
alerts, whatever the batch boundaries, the speed of a replay, the crash points or the number of workers.

The way of an interaction: :mod:`~detectors.wire` decodes it, :class:`~detectors.partition.Partition` finds the
person and applies it, :mod:`~detectors.windows` remembers it, a rule in :mod:`detectors.rules` assesses it,
and :mod:`~detectors.episodes` turns the finding into the next version of one alert.
"""
