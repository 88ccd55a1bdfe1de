"""The delivered classifier, and small catalogues to train on."""

from functools import cache

from app.domain.catalogue import Category
from app.domain.understanding import TrainedClassifier
from app.domain.understanding.linear_model import LinearModel
from app.services.classifier.model_file import DELIVERED, read_model
from app.services.seeding import catalogue


@cache
def delivered_categories() -> tuple[Category, ...]:
    """Both levels of the catalogue that ships with the product."""
    return tuple(catalogue.delivered_categories().values())


@cache
def delivered_model() -> LinearModel:
    """The model that ships with the product."""
    return read_model(DELIVERED)


@cache
def delivered_classifier() -> TrainedClassifier:
    """Both together."""
    return TrainedClassifier(delivered_model(), delivered_categories())


def first_levels(*codes: str) -> dict[str, Category]:
    """A part of the delivered catalogue."""
    return {category.code: category for category in delivered_categories() if category.code[:2] in codes}
