"""Webhooks: the feed, pushed. Deliveries are cursors over the history, not jobs (docs/decisions/0012)."""
