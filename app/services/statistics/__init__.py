"""Figures of a period: what came in, what became of it, who was in time, what the citizens say (domain guide §8)."""
