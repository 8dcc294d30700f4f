from tests.workspace.sample_mariadb import (
    maria_beside,
    maria_filled,
    maria_initialised,
    maria_library,
    maria_original,
    mariadb,
)
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
    "beside", "filled", "home", "initialised", "library", "made", "maria_beside", "maria_filled",
    "maria_initialised", "maria_library", "maria_original", "mariadb", "original", "postgres",
    "root", "shared", "workspace",
]  # fmt: skip
