"""The table of settings as documentation: ``python -m hotclub.serve._table_docs docs/serve.md``."""

from __future__ import annotations

import sys
from pathlib import Path

from hotclub.serve._setting import Setting
from hotclub.serve._table import SECTIONS

BEGIN = "<!-- settings: generated from src/hotclub/serve/_table*.py -->"
END = "<!-- end of settings -->"
WORDS = {"same": "same", "different": "different", "refused": "refused", "ours": "hotclub's own"}


def markdown() -> str:
    """A table for each section."""
    parts = []
    for section, settings in SECTIONS:
        parts.append(f"### {section}\n")
        parts.append("| setting | options | default | meaning | as in gunicorn? |")
        parts.append("|---|---|---|---|---|")
        parts += [_row(setting) for setting in settings]
        parts.append("")
    return "\n".join(parts)


def _row(setting: Setting) -> str:
    options = ", ".join(f"`{word}`" for word in setting.cli) or "file only"
    refused = setting.answer == "refused"
    default = "" if refused or setting.takes == "nothing" else setting.default_text()
    answer = WORDS[setting.answer]
    answer = f"**{answer}**: {setting.note}" if setting.note else answer
    cells = (f"`{setting.name}`", options, _code(default), setting.help, answer)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def replaced(document: str) -> str:
    """The document with its tables made anew."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{markdown()}\n{END}{after}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(replaced(path.read_text()))
