from tests.workspace.sample_project import home, made, root, shared, workspace

__all__ = ["home", "made", "root", "shared", "workspace"]
