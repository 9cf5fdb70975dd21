"""The role ``ingest``, pure part: source records in, interactions out; no broker, no Redis, no clock.

``mapper`` reads one record of a source topic and gives interactions, refusals and a count of what means nothing to
us; ``sessions`` turns page views into funnel events; ``tone`` scores texts. How to add a source: see ``mappings``.
"""
