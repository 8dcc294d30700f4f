"""The project's own tests, at work in a workspace: every Python process that they lead to.

`recorder/boot/sitecustomize.py` calls `begin` when a process starts: it is guarded, its settings
are turned to the copies as soon as Django reads them, its requests are recorded with the name of
the test that made them, and what becomes of each test is told to the driver, a line of JSON each:

    {"found": 340}
    {"test": "shop.tests.CartTest.test_empty", "outcome": "failed", "why": "KeyError: 'x'"}

`_unittest` listens to the standard library's runner, which is Django's too; `plugin` to pytest.
"""

from hotclub.agent.tested._begin import begin
from hotclub.agent.tested._events import VARIABLE

__all__ = ["VARIABLE", "begin"]
