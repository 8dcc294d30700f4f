"""What holds for every test."""

from __future__ import annotations

import signal

# Whoever starts the tests in the background makes them ignore Ctrl-C, and with them every
# program that they start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
