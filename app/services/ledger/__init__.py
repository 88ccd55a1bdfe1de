"""The ledger: reads the append-only history anew and holds the rows against it, so that a fault nobody saw is found.

`replay.py` and what it watches are pure; `balance.py` reads a database in bounded batches.
"""
