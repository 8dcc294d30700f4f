"""The worker: the agent's process that answers the driver's calls, in the project's interpreter.

Requests and answers are JSON objects, one a line, on a socket of their own:

    {"id": 7, "op": "request", "path": "/"}  →  {"id": 7, "ok": true, "status": 200, …}
                                             →  {"id": 7, "ok": false, "error": {"kind": …}}

================ =========================================================================
op               answer
================ =========================================================================
``probe``        settings as they are, before anything is redirected or set up
``setup``        ``versions`` {python, django, agent}, ``databases`` {alias: {vendor, name}},
                 ``hosts``, ``host``, ``scheme``, ``apps`` (labels), ``project_apps``,
                 ``urlconf``, ``debug``
``routes``       ``routes``: list of {id, pattern, name, view, in_project, converters,
                 groups, model, lookup, methods, admin, logout, api}
``resolve``      takes ``paths``; ``routes``: the pattern of the route that each takes, or null
``users``        ``user``, ``staff`` and those of the configuration's ``users``: {pk, username,
                 superuser, created, reason}; ``pk`` is null, with the ``reason``, when there is
                 none and none could be made, or it cannot log in
``cookies``      takes ``user``; ``cookies`` {name: value} and ``headers`` [[name, value]] that log
                 it in
``parameters``   takes ``route`` (id) and ``count``; ``examples``: list of {path, kwargs, source}
                 with paths ready to be requested, ``reason`` when there are none
``absolute_urls`` takes ``count`` per model; ``links``: list of {url, route, logout, model}
``rows``         takes ``models`` (labels); ``rows``: {label: how many rows its table has}
``request``      takes method, path, query, headers, body (base64), user, label, index, limits
                 {seconds, bytes}; status, headers, digest, size, body (base64), truncated,
                 duration_ms, queries, writes, route, links, reversed, error
``quit``         ``{}``; the process ends
================ =========================================================================

``error.kind`` is ``settings``, ``import``, ``migrations``, ``database``, ``request`` or
``internal``; ``file``, ``line``, ``code`` and ``function`` are those of the innermost frame that
belongs to the project.
"""
