"""Proofs that were made before: taken again where nothing that they depend on has changed.

An entry is data, one JSON file for each set of edits and requests. It says what the proof stood on:
hotclub itself, the interpreter, the environment, what the databases hold; and every file that its
processes opened or looked at, of the project and elsewhere, with a digest of each. It holds as
long as all of that is the same. Nothing is guessed from imports or from what a view seems to need.
"""

from hotclub.proof.cache._cache import Cache

__all__ = ["Cache"]
