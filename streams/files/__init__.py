"""Files in the place of topics: what ``rapport replay``, ``map`` and ``detect`` do with recorded events."""
