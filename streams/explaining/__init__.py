"""Why an alert was raised: what it counted, recomputed from the log, and what would have prevented it."""
