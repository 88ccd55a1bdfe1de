"""Writes the parts of README.md that come from the code: the workflow picture, the tables of settings and columns.

`make docs` runs it; a test fails while README.md differs from what this would write.
"""

import sys
from pathlib import Path

from app.domain.permissions import Permission
from app.domain.states import RequestState, Subject, Whose
from app.domain.words import ACTIONS, STATES
from app.domain.workflow import TRANSITIONS
from app.schemas.forms import needs
from app.services.intake.bulk.spoken import WORDS
from app.services.intake.columns import KNOWN_COLUMNS
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


WHOSE = {Whose.ANYBODY: "the centre", Whose.OWN_UNIT: "the order's unit", Whose.ASKING_UNIT: "the unit that asked"}


def order_table() -> str:
    """The steps of a work order as a table to read aloud."""
    lines = ["| step | on an order that is | who | from | to | needs |", "|---|---|---|---|---|---|"]
    for row in TRANSITIONS:
        if row.subject is Subject.WORK_ORDER:
            source = ", ".join(str(state) for state in row.order_from)
            target = str(row.order_to) if row.order_to else "stays"
            roles = ", ".join(row.roles)
            lines.append(
                f"| `{row.action}` {ACTIONS[row.action]} | {roles} | {WHOSE[row.whose]} | {source} | {target} | {needs(row) or '–'} |"
            )
    return "\n".join(lines)


def record_table() -> str:
    """The steps of applications and slips, and what an approval does to the order."""
    lines = ["| step | on | who | from | to | the request becomes | needs |", "|---|---|---|---|---|---|---|"]
    for row in TRANSITIONS:
        if row.subject in (Subject.APPLICATION, Subject.SUPERVISION):
            on = f"{row.subject}" + (f" to {row.choice}" if row.choice else "")
            who = "the clock" if row.permission is Permission.REQUEST_REDO else WHOSE[row.whose]
            becomes = row.request_to or "–"
            lines.append(
                f"| `{row.action}` {ACTIONS[row.action]} | {on} | {who} | {row.record_from} | {row.record_to} | {becomes} | {needs(row) or '–'} |"
            )
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


def import_columns() -> str:
    """What a column of a file of requests may be called."""
    lines = ["| field | columns that are taken for it |", "|---|---|"]
    for field, names in KNOWN_COLUMNS.items():
        lines.append(f"| `{field}` | {', '.join(name for name in names if name != field)} |")
    return "\n".join(lines)


def import_words() -> str:
    """What may be written for codes in a file of requests."""
    lines = ["| field | words that are understood |", "|---|---|"]
    for field, words in WORDS.items():
        codes = dict.fromkeys(words.values())
        meant = {code: [word for word, its in words.items() if its == code != word] for code in codes}
        told = (f"`{str(code).lower()}` {', '.join(said)}" for code, said in meant.items())
        lines.append(f"| `{field}` | {' · '.join(told)} |")
    return "\n".join(lines)


PARTS = {
    "import-columns": import_columns,
    "import-words": import_words,
    "workflow": workflow_picture,
    "order-steps": order_table,
    "record-steps": record_table,
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
