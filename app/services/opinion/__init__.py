"""A second opinion on categories that our own classifier is unsure of, from any OpenAI-compatible endpoint."""
