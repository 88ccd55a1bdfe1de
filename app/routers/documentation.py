"""What OpenAPI says about answers that are not 2xx: the same problem document everywhere."""

from typing import Any

from app.schemas.messages import TITLES

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable, machine-readable."},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "message")},
            },
        },
        "state": {"type": "string"},
        "available_actions": {"type": "array", "items": {"type": "string"}},
        "version": {"type": "integer"},
    },
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation for these statuses, 400 and 503 always among them."""
    return {
        status: {
            "description": f"{TITLES[status][1]} {TITLES[status][0]}",
            "content": {
                "application/problem+json": {
                    "schema": PROBLEM_SCHEMA,
                    "example": {
                        "type": "urn:hotline:problem:example",
                        "title": TITLES[status][0],
                        "status": status,
                        "code": "example",
                        "detail": TITLES[status][0],
                    },
                }
            },
        }
        for status in sorted({400, 503, *statuses})
    }
