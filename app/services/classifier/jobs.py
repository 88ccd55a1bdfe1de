"""What the commands do: train the model of a catalogue, or measure one on labelled messages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.catalogue import Category
from app.domain.understanding.linear_model import LinearModel
from app.domain.understanding.trained import TrainedClassifier
from app.services.classifier.building import build, cross_validate
from app.services.classifier.evaluation import Answers, figures, in_classes_of, made_honest, timed
from app.services.classifier.samples import Sample, own_samples, read_corpus
from app.services.classifier.training import counted

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Material:
    """A catalogue, the labels people gave beside our corpus, and the city's coarser classes, if it has any."""

    categories: Mapping[str, Category]
    labels: Sequence[Sample] = ()
    groups: Mapping[str, str] | None = None

    def samples(self) -> list[Sample]:
        """Everything there is to learn from."""
        return [*own_samples(self.categories.values(), read_corpus(), self.groups or {}), *self.labels]


def train(material: Material, say: Say) -> LinearModel:
    """Learn from everything; the same material gives the same model. Raises ValueError when there is too little."""
    return build(material.samples(), material.groups or {}, say)


def measure(model: LinearModel, material: Material, say: Say) -> dict[str, Any]:
    """Figures of a model on the labels of `material`, which it should not have learnt."""
    classifier = TrainedClassifier(model, material.categories.values())
    say("answering")
    found = figures(_answers(classifier, material.labels, material.groups or {}), material.labels)
    return {**found, "speed": timed(classifier.classify, material.labels)}


def measure_in_parts(material: Material, folds: int, say: Say) -> dict[str, Any]:
    """Figures of machines that each learnt our corpus and the labels but for one part, on the labels of that part."""
    samples, groups = material.samples(), material.groups or {}
    unseen, part = cross_validate(counted(samples), samples, groups, folds, say)
    own = len(samples) - len(material.labels)
    answers = in_classes_of(material.labels, unseen.categories, unseen.shares[own:], groups)
    return figures(made_honest(answers, part[own:]), material.labels)


def _answers(classifier: TrainedClassifier, labels: Sequence[Sample], groups: Mapping[str, str]) -> Answers:
    codes, confidence = classifier.shares([s.text for s in labels], [s.title for s in labels])
    return in_classes_of(labels, codes, confidence, groups)
