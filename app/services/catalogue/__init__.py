"""Administration of the reference data: one generic store, and for every noun its filters and rules."""
