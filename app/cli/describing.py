"""`hotline openapi`: the API's description, for tools that make clients and for the server's own pages.

A process of its own, because making it takes 16 MB that a server would never use again.
"""

import sys
from typing import Annotated

import orjson
import typer

from app.main import create_app
from app.routers.pages.docs import as_3_0

OlderFlag = Annotated[bool, typer.Option("--older", help="As OpenAPI 3.0, for tools that do not read 3.1.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(openapi)


def openapi(older: OlderFlag = False) -> None:
    """Print the description of the API as JSON (OpenAPI 3.1)."""
    description = create_app().openapi()
    sys.stdout.buffer.write(orjson.dumps(as_3_0(description) if older else description))
