"""Prints the files of the package below a directory, relative to it: sources and data."""

import sys
from pathlib import Path

SUFFIXES = {".py", ".pyi", ".typed", ".html", ".css", ".js", ".sql", ".toml"}

root = Path(sys.argv[1])
for path in sorted(root.rglob("*")):
    hidden = any(part.startswith((".", "__pycache__")) for part in path.relative_to(root).parts)
    if path.is_file() and not hidden and (path.suffix in SUFFIXES or path.name == "py.typed"):
        print(path.relative_to(root).as_posix())
