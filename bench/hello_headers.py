"""WSGI hello with the twelve headers that a browser behind a proxy sends; see bench/hello.py."""

from bench.hello import main

if __name__ == "__main__":
    main(headers=True)
