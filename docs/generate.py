"""Writes the parts of README.md that come from the code: the workflow picture and the settings table.

`make docs` runs it; a test fails while README.md differs from what this would write.
"""

import sys
from pathlib import Path

from app.domain.words import STATES
from app.domain.workflow import TRANSITIONS, RequestState, Subject
from app.domain.workflow_later import LATER
from app.settings import GROUPS, PREFIX

README = Path(__file__).resolve().parents[1] / "README.md"


def workflow_picture() -> str:
    """A Mermaid state diagram of the request's life, one arrow an action, from the transition table."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in TRANSITIONS:
        if row.request_to is None:
            continue
        label = f"{row.action}" + (f" ({row.choice})" if row.choice else "")
        for source in row.request_from:
            if source is not row.request_to:
                arrows.setdefault((source.value, row.request_to.value), []).append(label)
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> received: file"]
    reached = {target for _, target in arrows} | {"received"}
    lines += [f"    {state.value}: {state.value} {STATES[state.value]}" for state in RequestState if state in reached]
    lines += [f"    {a} --> {b}: {', '.join(dict.fromkeys(labels))}" for (a, b), labels in sorted(arrows.items())]
    return "\n".join([*lines, "```"])


def order_table() -> str:
    """The steps of a work order as a table to read aloud."""
    lines = ["| step | who | from | to | needs |", "|---|---|---|---|---|"]
    for row in TRANSITIONS:
        if row.subject is Subject.WORK_ORDER:
            source = ", ".join(str(state) for state in row.order_from)
            target = str(row.order_to) if row.order_to else "stays"
            lines.append(
                f"| `{row.action}` | `{row.permission}` | {source} | {target} | {', '.join(row.requires) or '–'} |"
            )
    return "\n".join(lines)


def later_table() -> str:
    """The steps that are planned, by the same columns."""
    lines = ["| step | on | who | needs |", "|---|---|---|---|"]
    for row in dict.fromkeys((r.action, r.subject, r.permission, r.requires) for r in LATER):
        action, subject, permission, requires = row
        lines.append(f"| `{action}` | {subject} | `{permission}` | {', '.join(requires) or '–'} |")
    return "\n".join(lines)


def settings_table() -> str:
    """Every setting with its default and meaning, in its groups."""
    lines = ["| setting | default | meaning |", "|---|---|---|"]
    for group in GROUPS:
        lines.append(f"| **{(group.__doc__ or '').strip()}** | | |")
        for name in group.__annotations__:
            field = group.model_fields[name]
            default = f"`{field.default}`" if field.default != "" else "empty"
            lines.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines)


PARTS = {
    "workflow": workflow_picture,
    "order-steps": order_table,
    "later-steps": later_table,
    "settings": settings_table,
}


def render(text: str) -> str:
    """The README's text with every generated part as it should be."""
    for name, make in PARTS.items():
        opening, closing = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, _, rest = text.partition(opening)
        _, _, after = rest.partition(closing)
        text = f"{before}{opening}{make()}\n{closing}{after}"
    return text


if __name__ == "__main__":
    README.write_text(render(README.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write("README.md written\n")
