"""Files of what a list shows: as long as they like, in a little memory, without personal data."""
