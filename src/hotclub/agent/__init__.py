"""The half of hotclub that runs inside the project: recorder, crawl worker, replayer.

Nothing here imports anything but the standard library, Django and, where it loads,
``hotclub._native``. Importing this package alone changes nothing.
"""
