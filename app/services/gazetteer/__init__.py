"""A city's own gazetteer as files: brought in whole or not at all, written out, and put to the test."""
