"""Requests at the points of their lives that pages are looked at."""

from support.api import Api


async def resolved(api: Api, **changes: object) -> dict[str, str]:
    """A request that its unit has resolved and nobody has rated."""
    filed = await api.file(**changes)
    order, unit = filed["dispatch"]["work_order_no"], "unit-" + filed["dispatch"]["unit"]["code"]
    await api.step(unit, f"work-orders/{order}/accept")
    await api.step(unit, f"work-orders/{order}/contact", method="电话", outcome="已向诉求人说明抢修安排。")
    await api.step(unit, f"work-orders/{order}/progress", text="已查明是线路老化，今晚更换。")
    await api.step(
        unit, f"work-orders/{order}/submit", result="线路已更换，南门外六盏路灯全部恢复照明。", outcome="solved"
    )
    await api.step("dispatcher", f"requests/{filed['ticket_no']}/review", decision="approve")
    return filed
