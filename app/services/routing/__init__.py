"""Routing beyond the look-up: lessons from returns, why a text goes where, what the rules are worth."""
