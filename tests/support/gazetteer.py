"""The demo city's gazetteer, as the product builds it from its rows."""

import json
from functools import cache

from pydantic import TypeAdapter

from app.domain.catalogue import Area
from app.domain.understanding import Gazetteer, Place
from app.services.seeding.files import read_csv


@cache
def demo_rows() -> tuple[tuple[Area, ...], tuple[Place, ...]]:
    areas = [
        {**row, "boundary": json.loads(row["boundary"] or "null")}
        for row in read_csv("demo_city/areas.csv", ["aliases"])
    ]
    places = read_csv("demo_city/places.csv", ["aliases"])
    return (
        TypeAdapter(tuple[Area, ...]).validate_python(areas),
        TypeAdapter(tuple[Place, ...]).validate_python(places),
    )


@cache
def demo_gazetteer() -> Gazetteer:
    return Gazetteer(*demo_rows())
