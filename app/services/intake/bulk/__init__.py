"""Files requests many at a time: what one filing decides is decided by the same functions, and written in bulk."""
