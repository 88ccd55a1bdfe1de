"""What a form must be to be filed: its words say something, and what it names exists.

Cheap, and done before a ticket number is drawn: refusals must leave no holes in the numbers.
"""

from dataclasses import dataclass
from functools import cached_property

from app.domain.catalogue import Category, Channel
from app.domain.errors import FieldError, InvalidError, invalid
from app.domain.understanding import Normal, normalise, search_tokens
from app.domain.understanding.classifier import title_of
from app.schemas.requests import RequestContent, RequestForm
from app.services.reference import Reference

UNKNOWN_AREA = FieldError(
    "/area_code",
    "unknown-area",
    "没有这个区划代码，请从 /v1/areas 中选取。",
    "No such area code; choose one from /v1/areas.",
)


@dataclass(frozen=True)
class Checked:
    """A form that can be filed: its normalised title and text, and the category that was given, if any."""

    title: Normal
    text: Normal
    category: Category | None

    @cached_property
    def tokens(self) -> list[str]:
        """Words for the search index and for finding like requests."""
        return search_tokens(Normal(f"{self.title}\n{self.text}"))


def check(form: RequestContent, reference: Reference) -> Checked:
    """Raises InvalidError for a category, area or text that is none."""
    _check_area(reference, form.area_code)
    text = normalise(form.text)
    if not text:
        raise invalid("/text", "string-too-short", "诉求内容不能为空。", "The text says nothing.")
    _check_accused(reference, accused_in(form))
    title = Normal(" ".join(normalise(form.title or "").split()) or title_of(text))
    category = _given_category(reference, form.category_code if isinstance(form, RequestForm) else None)
    return Checked(title, text, category)


def channel_of(form: RequestContent) -> str:
    """The channel a form came through; citizens without account come by web."""
    return (form.channel if isinstance(form, RequestForm) else Channel.WEB).value


def _given_category(reference: Reference, code: str | None) -> Category | None:
    if code is None:
        return None
    category = reference.categories.get(code)
    if category is None or not category.active or category.parent_code is None:
        raise invalid(
            "/category_code",
            "unknown-category",
            "没有这个二级事项分类，请从 /v1/categories 中选取。",
            "No such second-level category; choose one from /v1/categories.",
        )
    return category


def accused_in(form: RequestContent) -> list[str]:
    """Codes of the units that the staff's form names as accused, each once; citizens name nobody by code."""
    return list(dict.fromkeys(form.accused_unit_codes)) if isinstance(form, RequestForm) else []


def _check_accused(reference: Reference, codes: list[str]) -> None:
    for code in codes:
        if code not in reference.units:
            raise invalid(
                "/accused_unit_codes",
                "unknown-unit",
                f"没有代码为“{code}”的单位，请从 /v1/units 中选取。",
                f"No unit has the code '{code}'; choose from /v1/units.",
            )


def _check_area(reference: Reference, code: str | None) -> None:
    if code is not None and code not in reference.areas:
        raise InvalidError([UNKNOWN_AREA])
