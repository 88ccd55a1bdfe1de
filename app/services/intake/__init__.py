"""Intake: from what a citizen says to a filed request, with its lead order when the machine is sure."""
