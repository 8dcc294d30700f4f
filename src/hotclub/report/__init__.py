"""A diagnosis and its recording as one HTML page that asks nobody for anything."""

from hotclub.report._data import page_data
from hotclub.report._page import page

__all__ = ["page", "page_data"]
