"""Plays units, citizens and call-backs through whole lives, for demonstration and for trying a city's rules out.

Every step goes through the same door as a real one.
"""
