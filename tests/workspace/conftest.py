from tests.workspace.library import home, made, root, shared, workspace

__all__ = ["home", "made", "root", "shared", "workspace"]
