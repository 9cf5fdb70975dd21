"""The roles around the pure core: sources in, interactions through, alerts out; and the commands that run them.

An event's way: :mod:`streams.ingest` maps it and writes an interaction, :mod:`streams.monitor` applies that to its
person and writes alerts, :mod:`streams.deliver` hands those to the sinks. :mod:`streams.broker` carries all of them.
"""
