"""Invents the shop's data. The same size and seed number always give the same rows.

Keys are given out here, one after another from 1, so that rows can refer to each other
without a look into the database; everything is written as tuples (see writer.py).
"""

from core.seeding.shop import SIZES, Seeder, Size

__all__ = ["SIZES", "Seeder", "Size"]
