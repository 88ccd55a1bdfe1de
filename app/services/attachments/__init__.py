"""Attachments of a request: look into a file, keep it, show it, erase it; the file first, then the row that names it."""
