from tests.workspace.library import home, made, root, shared, workspace
from tests.workspace.library_postgres import (
    beside,
    filled,
    initialised,
    library,
    original,
    postgres,
)

__all__ = [
    "beside", "filled", "home", "initialised", "library", "made", "original", "postgres", "root",
    "shared", "workspace",
]  # fmt: skip
