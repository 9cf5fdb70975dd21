"""One file a case; those that are a process of their own (``python -m``) print what they measured as JSON."""
