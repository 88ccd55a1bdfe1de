"""Loops that act without a caller: the clock sweep, housekeeping."""
