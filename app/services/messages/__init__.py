"""Messages to units, supervisors and citizens: read from the history, kept in an outbox, sent by the worker."""
