"""The floor: bare routes doing the same reads and writes as the service in the fewest statements, and no more."""
