"""100 MB down, as it is made: hotclub against gunicorn and granian.

``python -m bench.stream [--rounds N]``
"""

from bench._bodies import download, main

if __name__ == "__main__":
    main("stream", download)
