"""Where a copied tree lies, and what stands beside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hotclub.workspace._copy import LEFT_OUT


@dataclass(frozen=True)
class Layout:
    """How a tree lies below the directory that a copy is made in.

    A project below a repository's top finds its neighbours (``BASE_DIR.parent / "assets"``)
    beside the copy as well: they are linked, not copied.
    """

    top: Path
    inner: Path
    linked: bool

    @classmethod
    def of(cls, root: Path) -> Layout:
        """The layout of the project at ``root``."""
        home = Path.home()
        for parent in list(root.parents)[:4]:
            if parent in (home, Path(root.anchor)) or (root / ".git").exists():
                break
            if (parent / ".git").exists():
                return cls(parent, root.relative_to(parent), True)
        return cls(root.parent, Path(root.name or "project"), False)

    def place(self, directory: Path) -> Path:
        """Where the tree goes, in a copy made in ``directory``."""
        return directory / self.inner

    def moves(self, tree: Path) -> tuple[Path, Path]:
        """The user's directory that stands copied, or linked, for one placed at ``tree``."""
        if not self.linked:
            return self.top / self.inner, tree
        return self.top, tree.parents[len(self.inner.parts) - 1]

    def original(self, path: Path, directory: Path) -> Path:
        """What a path in the copy made in ``directory`` stands for; others as they are."""
        return self.top / path.relative_to(directory) if path.is_relative_to(directory) else path

    def link_siblings(self, directory: Path) -> None:
        """Link what stands beside the tree, and beside the directories above it."""
        if not self.linked:
            return
        level = Path()
        for part in self.inner.parts:
            for name in _names(self.top / level):
                link, meant = directory / level / name, self.top / level / name
                if name in (part, *LEFT_OUT) or (meant / "pyvenv.cfg").exists():
                    continue
                if not os.path.lexists(link):
                    os.symlink(meant, link)
            level /= part


def _names(directory: Path) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []
