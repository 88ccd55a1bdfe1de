"""Reads and writes the trained model as one compressed file, so that a city can carry it to its other machines."""

import os
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np
import orjson
import structlog
from numpy.typing import NDArray

from app.domain.understanding.features import BUCKETS
from app.domain.understanding.linear_model import BLOCKS, LinearModel

log = structlog.get_logger(__name__)
DELIVERED = Path(__file__).parents[2] / "data" / "classifier.npz"
NAME = "classifier.npz"
FORMAT = 1
_NO_MODEL = (OSError, ValueError, TypeError, LookupError, EOFError, AttributeError, BadZipFile, zlib.error)
"""What numpy and the JSON reader raise for a file that is damaged, cut off or something else."""


class ModelError(Exception):
    """The file holds no model that this version can read."""


def write_model(path: Path, model: LinearModel) -> None:
    """Write whole or not at all; two trainings at once do not write into each other's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.stem}.{os.getpid()}-{token_hex(4)}.new.npz")
    try:
        with beside.open("xb") as file:
            _save(file, model)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _save(file: IO[bytes], model: LinearModel) -> None:
    np.savez_compressed(
        file,
        about=np.frombuffer(orjson.dumps({**model.about, "format": FORMAT}), np.uint8),
        buckets=model.buckets,
        rarity=model.rarity.astype(np.float16),
        heads=model.heads,
        weights=model.weights.astype(np.float16),
        intercepts=model.intercepts,
        categories=np.array(model.categories),
        paths=model.paths,
        levels=model.levels,
        knots=np.stack([model.knots, model.worth_of_knots]),
        scalars=np.array([model.title_weight, model.temperature], np.float32),
    )


def read_model(path: Path) -> LinearModel:
    """Raises ModelError when the file is none of ours, or of another version."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            parts = {name: file[name] for name in file.files}
        about = orjson.loads(parts["about"].tobytes())
        if about.pop("format", None) != FORMAT:
            raise ModelError(f"{path} was written by another version; run `hotline classify train`")
        _check(parts)
        return LinearModel(
            buckets=parts["buckets"],
            rarity=parts["rarity"].astype(np.float32),
            heads=parts["heads"],
            weights=parts["weights"].astype(np.float16, copy=False),
            intercepts=parts["intercepts"],
            categories=tuple(str(code) for code in parts["categories"]),
            paths=parts["paths"],
            levels=parts["levels"],
            title_weight=float(parts["scalars"][0]),
            temperature=float(parts["scalars"][1]),
            knots=parts["knots"][0],
            worth_of_knots=parts["knots"][1],
            about=about,
        )
    except _NO_MODEL as error:
        raise ModelError(f"{path} holds no classifier ({error}); run `hotline classify train`") from None


def _check(parts: Mapping[str, NDArray[Any]]) -> None:
    """Raises ValueError for what would read like a model and then fail, or answer nonsense, at each request."""
    buckets, heads, paths, intercepts = (parts[name] for name in ("buckets", "heads", "paths", "intercepts"))
    for name in ("weights", "rarity", "knots", "intercepts", "levels", "scalars"):
        if parts[name].dtype.kind != "f" or not np.isfinite(parts[name]).all():
            raise ValueError(f"{name} holds what is no number")
    if any(whole.dtype.kind not in "iu" for whole in (buckets, heads, paths)):
        raise ValueError("buckets, heads and paths must be whole numbers")
    if not _fits(parts):
        raise ValueError("its parts do not fit together")
    if not (_within(heads, len(intercepts)) and _within(paths, len(intercepts))):
        raise ValueError("it names a head that it does not have")
    if not (_within(buckets, len(BLOCKS) * BUCKETS) and _ascends(buckets)):
        raise ValueError("its pieces of text are out of order")
    if parts["scalars"][1] <= 0 or (np.diff(parts["knots"][0]) < 0).any():
        raise ValueError("its confidence cannot be computed")


def _fits(parts: Mapping[str, NDArray[Any]]) -> bool:
    """Whether the shapes are those of one model."""
    shape = {name: part.shape for name, part in parts.items()}
    pieces, (categories, levels) = len(parts["buckets"]), shape["paths"]
    return (
        shape["buckets"] == shape["rarity"] == (pieces,)
        and len(shape["heads"]) == 2
        and shape["heads"] == shape["weights"]
        and shape["heads"][0] == pieces
        and len(shape["intercepts"]) == 1
        and shape["categories"] == (categories,)
        and shape["levels"] == (levels,)
        and len(shape["knots"]) == 2
        and shape["knots"][0] == 2
        and shape["knots"][1] > 0
        and shape["scalars"] == (2,)
    )


def _within(numbers: NDArray[Any], end: int) -> bool:
    return not numbers.size or bool(numbers.min() >= 0 and numbers.max() < end)


def _ascends(numbers: NDArray[Any]) -> bool:
    return bool((numbers[1:] > numbers[:-1]).all())


def model_in_use(data_dir: Path) -> Path:
    """The city's own model if it has trained one, else the delivered one."""
    own = data_dir / NAME
    return own if own.exists() else DELIVERED


def load(data_dir: Path) -> LinearModel:
    """The model in use; read once, and again when the file has changed.

    A city's model that cannot be read is told to the log, and the delivered one answers: the hotline stays open.
    """
    path = model_in_use(data_dir)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (ModelError, OSError) as error:
        if path == DELIVERED:
            raise
        log.error("classifier.unreadable", path=str(path), error=str(error))
        return _read(DELIVERED, DELIVERED.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int) -> LinearModel:
    return read_model(path)
