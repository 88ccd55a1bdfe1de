"""Fills an empty installation: the default catalogue, the calendar, the first administrator, the demo city.

Idempotent: what is there already stays as people have made it.
"""
