"""Measures the service beside the floor: bare routes doing the same reads and writes, in the same run."""
