"""Eager loading that a project's maintainers wrote, taken out: does hotclub put it back?"""
