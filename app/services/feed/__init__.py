"""The feed: every change to orders, in commit order, at least once, never a gap (`GET /v1/feed`)."""
