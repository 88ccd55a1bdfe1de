"""A month of a county in minutes: virtual time, people who use every rule, and a ledger at the end that must balance."""
