"""Projects that nobody here wrote, each made ready in a cache outside git.

Each module has ``REQUIREMENTS``, what pip installs, and ``build(kit)``, which makes the checkout
and its data; ``prepare(name)`` does that once and says how the project is run.
"""

from truth.projects._kit import NAMES, Prepared, prepare

__all__ = ["NAMES", "Prepared", "prepare"]
