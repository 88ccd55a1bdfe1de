"""Trains and measures the classifier of categories; what it learnt is used by `app.domain.understanding`."""
