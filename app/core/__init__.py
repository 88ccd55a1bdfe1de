"""Technical kit that knows no hotline word: database, clock, security, logging, paging."""
