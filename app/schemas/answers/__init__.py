"""What the calls answer, for the published description only: services build plain dicts, and a test holds both together."""
