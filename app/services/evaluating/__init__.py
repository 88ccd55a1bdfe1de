"""Measures rules against examples that people wrote: what they must find, and what they must leave alone."""
