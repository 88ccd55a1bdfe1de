"""Units that may be given an order: open ones that the matter does not accuse."""

from app.domain.catalogue import Unit
from app.domain.errors import ConflictError, invalid
from app.services.workflow.step import Step


def open_unit(step: Step, code: str, pointer: str = "/unit_code") -> Unit:
    """The unit with this code; raises InvalidError when there is none, ConflictError when the matter is about it.

    An accused unit and all units below it are never given the order (domain guide §6).
    """
    unit = step.reference.units.get(code)
    if unit is None or not unit.active:
        raise invalid(pointer, "unknown-unit", "没有这个承办单位，或已停用。", "No such unit, or it is closed.")
    if step.reference.shut_out(code, step.request["accused_units"]):
        raise ConflictError(
            "该单位应当回避，不能承办此诉求。",
            "The matter concerns this unit; it may not be given the order.",
            code="unit-shielded",
        )
    return unit
