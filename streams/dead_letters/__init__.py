"""Bad input read back: listed with its reasons, and sent again once."""
