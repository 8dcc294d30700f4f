"""100 MB up: hotclub against gunicorn and granian. ``python -m bench.upload [--rounds N]``"""

from bench._bodies import main, upload

if __name__ == "__main__":
    main("upload", upload)
