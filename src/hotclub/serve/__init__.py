"""``hotclub serve``: a master that keeps workers alive, and the workers on the C engine."""

from hotclub.serve._application import load_application
from hotclub.serve._config import Config
from hotclub.serve._listen import open_listeners
from hotclub.serve._master import Master, serve

__all__ = ["Config", "Master", "load_application", "open_listeners", "serve"]
