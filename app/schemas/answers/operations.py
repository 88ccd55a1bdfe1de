"""What those who run the service read."""

from typing import Literal

from pydantic import Field

from app.schemas.answers.common import Answer, example


class Alive(Answer):
    """The process answers."""

    model_config = example(status="ok")
    status: Literal["ok"]


class Ready(Answer):
    """The database is reachable and migrated."""

    model_config = example(status="ok", database="ok", migrations="ok")
    status: Literal["ok"]
    database: Literal["ok"]
    migrations: Literal["ok"]


class NotReady(Answer):
    """What is missing."""

    model_config = example(status="not ready", database="unreachable", migrations="unknown")
    status: Literal["not ready"]
    database: Literal["ok", "unreachable"]
    migrations: Literal["ok", "behind", "unknown"] = Field(description="`behind`: run `hotline migrate`.")
