"""Starts the recorder in every Python process that `hotclub record` leads to, or a run of tests.

This directory is put first on PYTHONPATH, so that Python imports this file when it starts; the
`sitecustomize` that would have been imported otherwise is run afterwards. hotclub need not be
installed where the project runs: the package is taken from where this file lies, and nothing
else there becomes importable.
"""

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, module_from_spec, spec_from_file_location

_HERE = os.path.dirname(os.path.abspath(__file__))
_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(_HERE)))


def _execute(name: str, spec: "ModuleSpec | None") -> None:
    if spec is not None and spec.loader is not None:
        module = sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(module)


def _lend_package() -> None:
    if "hotclub" not in sys.modules and find_spec("hotclub") is None:
        file = os.path.join(_PACKAGE, "__init__.py")
        spec = spec_from_file_location("hotclub", file, submodule_search_locations=[_PACKAGE])
        _execute("hotclub", spec)


def _begin_tests() -> None:
    """In a workspace nothing may run that is not guarded and redirected."""
    try:
        from hotclub.agent.tested import begin

        begin()
    except Exception as error:
        raise SystemExit(f"hotclub: no test was run: {type(error).__name__}: {error}") from error


def _record() -> None:
    try:
        _lend_package()
        from hotclub.agent.recorder import Config, install

        config = Config.from_environment(dict(os.environ))
        if config is not None:
            install(config)
    except Exception as error:  # a project must start, whatever is wrong with us
        print(f"hotclub: not recording: {type(error).__name__}: {error}", file=sys.stderr)


def _run_the_other() -> None:
    path = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != _HERE]
    _execute("sitecustomize", PathFinder.find_spec("sitecustomize", path))


if "HOTCLUB_TESTS" in os.environ:
    _begin_tests()
else:
    _record()
_run_the_other()
