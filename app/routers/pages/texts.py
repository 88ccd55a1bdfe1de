"""Every word of the pages in Chinese and English, read once from `web/texts/*.toml`.

Templates and code only name a text, so that a wording can be changed without touching either.
"""

import tomllib
from pathlib import Path
from typing import Any

WEB = Path(__file__).resolve().parents[2] / "web"
LANGUAGES = {"zh": "zh-CN", "en": "en"}
"""Our name of a language → its tag in HTML; the first one is the default."""

TEXTS: dict[str, dict[str, Any]] = {
    name: tomllib.loads((WEB / "texts" / f"{name}.toml").read_text(encoding="utf-8")) for name in LANGUAGES
}
