"""What a citizen's message says: matter, kind, urgency and place, each with its evidence.

Everything here only suggests. People decide, and what they change is kept as a label for better suggestions.
"""

from app.domain.understanding.classifier import Candidate, Classification, Classifier
from app.domain.understanding.danger_words import Advice
from app.domain.understanding.facade import Understanding, understand, understand_as, whole_of
from app.domain.understanding.kind_urgency import (
    KindSuggestion,
    UrgencySuggestion,
    speaks_of_graft,
    suggest_kind,
    suggest_urgency,
)
from app.domain.understanding.normalise import Normal, normalise, search_tokens
from app.domain.understanding.places import Alternative, Gazetteer, Place, PlaceMatch
from app.domain.understanding.trained import TrainedClassifier

__all__ = [
    "Advice",
    "Alternative",
    "Candidate",
    "Classification",
    "Classifier",
    "Gazetteer",
    "KindSuggestion",
    "Normal",
    "Place",
    "PlaceMatch",
    "TrainedClassifier",
    "Understanding",
    "UrgencySuggestion",
    "normalise",
    "search_tokens",
    "speaks_of_graft",
    "suggest_kind",
    "suggest_urgency",
    "understand",
    "understand_as",
    "whole_of",
]
