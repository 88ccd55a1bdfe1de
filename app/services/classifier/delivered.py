"""The classifier as it is delivered, for work that needs no installation."""

from app.domain.understanding import TrainedClassifier
from app.services.classifier.model_file import DELIVERED, read_model
from app.services.seeding.catalogue import delivered_categories


def delivered_classifier() -> TrainedClassifier:
    """The delivered model over the delivered catalogue."""
    return TrainedClassifier(read_model(DELIVERED), delivered_categories().values())
