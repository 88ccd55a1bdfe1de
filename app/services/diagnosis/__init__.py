"""What an administrator wants to know about an installation when something is wrong, or before it goes live."""
