"""12345 hotline: citizens ask, the right unit acts, everyone can follow it."""
