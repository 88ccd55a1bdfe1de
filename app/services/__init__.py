"""Capabilities as plain async functions; they take a connection or session and never commit."""
