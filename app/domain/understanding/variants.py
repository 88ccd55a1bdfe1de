"""Other ways to say a name that follow from the name itself, so that nobody has to list them as aliases.

云岭市图书馆 is 云岭图书馆, 市图书馆 or just 图书馆 to everyone in 云岭市; 青石镇卫生院 is 青石卫生院.
"""

from collections.abc import Iterator

from app.domain.catalogue import Area, AreaLevel
from app.domain.understanding.names import stem_of

_SHORTEST_REST = 3
_TOWNSHIP_SUFFIXES = {"街道": ("街道办", "街道办事处", "街办", "办事处"), "镇": ("乡", "镇区"), "乡": ("镇",)}
_VILLAGE_SUFFIXES = {"社区": ("居委会", "居委", "社居委"), "村": ("大队", "村委会")}


def area_variants(area: Area, name: str) -> Iterator[str]:
    """Yield what else an area with this name is called, after its level."""
    stem = stem_of(name)
    suffixes = {AreaLevel.TOWNSHIP: _TOWNSHIP_SUFFIXES, AreaLevel.VILLAGE: _VILLAGE_SUFFIXES}.get(area.level, {})
    for suffix in suffixes.get(name[len(stem) :], ()) if stem else ():
        yield stem + suffix


def place_variants(name: str, counties: list[str], townships: list[str]) -> Iterator[str]:
    """Yield what else a place is called: without the city's name, or with it cut short.

    `counties`: the names of the city; `townships`: those above the place.
    """
    for county in counties:
        rest = name.removeprefix(county)
        if rest != name and len(rest) >= _SHORTEST_REST:
            yield from (rest, f"市{rest}" if county.endswith("市") else f"县{rest}", stem_of(county) + rest)
        if name.startswith(("市", "县")) and len(name) > _SHORTEST_REST - 1:
            yield stem_of(county) + name[1:]
            yield county + name[1:]
        if stem_of(county) and name.startswith(stem_of(county)) and rest == name:
            bare = name[len(stem_of(county)) :]
            yield from (county + bare, *([bare] if len(bare) >= _SHORTEST_REST else []))
    for township in townships:
        rest = name.removeprefix(township)
        if rest != name and len(rest) >= _SHORTEST_REST - 1 and stem_of(township):
            yield stem_of(township) + rest
        elif stem_of(township) and name.startswith(stem_of(township)) and name != stem_of(township):
            yield township + name[len(stem_of(township)) :]
