"""Pure rules without I/O: the workflow table, clocks, routing, permissions, events, errors."""
