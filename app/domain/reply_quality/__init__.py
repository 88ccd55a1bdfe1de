"""Reads a unit's reply before the citizen does, and says what it lacks. It advises and never stops anybody."""

from app.domain.reply_quality.check import Check, Verdict, check_reply
from app.domain.reply_quality.finding import Code, Finding, Severity
from app.domain.reply_quality.matter import Matter

__all__ = ["Check", "Code", "Finding", "Matter", "Severity", "Verdict", "check_reply"]
