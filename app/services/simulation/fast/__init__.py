"""Fills a database with millions of lives: some hundred are really lived, then PostgreSQL multiplies their rows.

What the door wrote once is true; a copy stays true as long as only numbers, callers and codes differ and all its
times are moved together, by whole weeks, to where the calendar has the same working days.
"""
