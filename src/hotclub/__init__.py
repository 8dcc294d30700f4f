"""hotclub makes an existing Django project fast.

This package imports nothing by itself: the half that runs inside a project
(:mod:`hotclub.agent`) must load where none of the other half's dependencies are.
"""

__version__ = "0.1.0"
