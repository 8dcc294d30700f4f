"""Benchmarks: ratios, measured side by side. Run with ``make bench NAME=…``."""
