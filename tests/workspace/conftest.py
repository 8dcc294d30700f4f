from tests.workspace.sample_postgres import (
    beside,
    filled,
    initialised,
    library,
    original,
    postgres,
)
from tests.workspace.sample_project import home, made, root, shared, workspace

__all__ = [
    "beside", "filled", "home", "initialised", "library", "made", "original", "postgres", "root",
    "shared", "workspace",
]  # fmt: skip
