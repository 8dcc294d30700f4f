"""``python -m hotclub`` is ``hotclub``.

``-m`` puts the working directory first on the module path; in a project's directory that would
let the project's ``queue.py`` or ``calendar.py`` stand in for the standard library's. The
driver imports nothing of the user's tree, so the entry goes.
"""

import os
import sys

if sys.path and sys.path[0] in ("", os.getcwd()):
    del sys.path[0]

from hotclub.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
