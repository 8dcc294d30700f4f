"""The table's sections on what is served, by which processes, and for how long."""

from __future__ import annotations

import os

from hotclub.serve import _checks as check
from hotclub.serve._machine import default_binds, default_workers
from hotclub.serve._setting import Setting, group

KIB = 1024

APPLICATION = group(
    "Application",
    Setting(
        "config", ("-c", "--config"), check.text, "./gunicorn.conf.py", "same",
        "the configuration file: a path, file:PATH or python:MODULE", meta="CONFIG",
    ),
    Setting(
        "wsgi_app", (), check.text, None, "different", "module:attribute, or a call of a factory",
        "without one, the application of the Django project in the directory",
    ),
    Setting(
        "django_settings", ("--settings",), check.text, None, "ours",
        "the settings module, when it is not manage.py's", meta="MODULE",
    ),
    Setting(
        "chdir", ("--chdir",), check.directory, None, "same",
        "the project's directory; comes first on sys.path", meta="DIR", shown=".",
    ),
    Setting(
        "pythonpath", ("--pythonpath",), check.text, None, "same",
        "directories for sys.path, separated by commas", meta="DIRS",
    ),
    Setting(
        "raw_env", ("-e", "--env"), check.environment, (), "same",
        "NAME=value for the application's environment, repeatable", meta="ENV", takes="values",
    ),
    Setting(
        "check_config", ("--check-config",), check.boolean, False, "same",
        "check the configuration, import the application, and leave", takes="nothing",
    ),
    Setting(
        "print_config", ("--print-config",), check.boolean, False, "same",
        "the same, and print every setting", takes="nothing",
    ),
)  # fmt: skip

PROCESSES = group(
    "Processes",
    Setting(
        "bind", ("-b", "--bind"), check.texts, default_binds, "same",
        "host:port, [v6 address]:port, unix:path or fd://number, repeatable", meta="ADDRESS",
        takes="values", shown="127.0.0.1:8000; 0.0.0.0:$PORT",
    ),
    Setting(
        "backlog", ("--backlog",), check.whole(1), 2048, "same",
        "connections that the kernel queues", meta="N",
    ),
    Setting(
        "workers", ("-w", "--workers"), check.whole(1), default_workers, "different",
        "worker processes", "the default is the cores this process may use (affinity, container "
        "quota), not 1; at least 1", meta="N", shown="$WEB_CONCURRENCY; the usable cores",
    ),
    Setting(
        "worker_class", ("-k", "--worker-class"), check.class_or_name, None, "different",
        "one kind of worker serves all",
        "sync (means --threads 1 when that is not given) and gthread are accepted; others are "
        "refused: they need an application written for their event loop", meta="CLASS",
    ),
    Setting(
        "threads", ("--threads",), check.whole(1), 4, "different",
        "views at once in each worker; fewer while they use up a processor and others wait",
        "the default is 4, not 1, and more while they leave the processor free", meta="N",
    ),
    Setting(
        "max_threads", ("--max-threads",), check.whole(0), 0, "ours",
        "more views at once while those that run leave the processor free, up to so many",
        meta="N", shown="16; --threads where that is given",
    ),
    Setting(
        "switch_interval", ("--switch-interval",), check.seconds(0), 0.001, "ours",
        "how long a view may hold the interpreter while another waits; 0 leaves Python's 5 ms",
        meta="S",
    ),
    Setting(
        "worker_connections", ("--worker-connections", "--limit-connections"), check.whole(1),
        10_000, "different", "open connections of each worker; more wait in the backlog",
        "the default is 10,000, not 1,000: a connection without a request costs little", meta="N",
    ),
    Setting(
        "max_requests", ("--max-requests",), check.whole(0), 0, "same",
        "replace a worker after so many requests; 0 never", meta="N",
    ),
    Setting(
        "max_requests_jitter", ("--max-requests-jitter",), check.whole(0), 0, "same",
        "plus a random number up to this", meta="N",
    ),
    Setting(
        "max_rss", ("--max-rss",), check.size, 0, "ours",
        "replace a worker that holds more memory, for instance 500M; 0 never", meta="SIZE",
    ),
    Setting(
        "preload_app", ("--preload",), check.boolean, False, "different",
        "import the application once, before forking", "left out when there is --reload",
        takes="nothing",
    ),
    Setting(
        "reuse_port", ("--reuse-port",), check.boolean, False, "same",
        "a listening socket for each worker (SO_REUSEPORT)", takes="nothing",
    ),
    Setting(
        "reload", ("--reload",), check.boolean, False, "same",
        "restart the workers when their code changes", takes="nothing",
    ),
    Setting(
        "reload_engine", ("--reload-engine",), check.one_of("auto", "poll", "inotify"), "auto",
        "different", "how changes are noticed", "inotify needs no package", meta="ENGINE",
    ),
    Setting(
        "reload_extra_files", ("--reload-extra-file",), check.existing, (), "same",
        "files or patterns to watch besides, repeatable", meta="FILES", takes="values",
    ),
)  # fmt: skip

TIMES = group(
    "Times, in seconds",
    Setting(
        "timeout", ("-t", "--timeout"), check.seconds(0), 30.0, "different",
        "for one request, and for a worker to give a sign of life; 0 without end",
        "counts for each request, under several threads too: its client gets 504, the stacks go "
        "to the log, the other requests of the worker get the graceful time", meta="S",
    ),
    Setting(
        "graceful_timeout", ("--graceful-timeout",), check.seconds(0), 30.0, "same",
        "for requests in flight when stopping", meta="S",
    ),
    Setting(
        "keepalive", ("--keep-alive",), check.seconds(0), 15.0, "different",
        "an idle connection stays open; 0 closes after each response",
        "the default is 15 s, not 2 s", meta="S",
    ),
    Setting(
        "header_timeout", ("--header-timeout",), check.seconds(1), 20.0, "ours",
        "for a request's headers to arrive: 408", meta="S",
    ),
    Setting(
        "body_timeout", ("--body-timeout",), check.seconds(1), 30.0, "ours",
        "without a byte of a request's body: 408", meta="S",
    ),
    Setting(
        "send_timeout", ("--send-timeout",), check.seconds(1), 30.0, "ours",
        "without a byte of a response being taken: closed", meta="S",
    ),
)  # fmt: skip

MECHANICS = group(
    "Process",
    Setting(
        "daemon", ("-D", "--daemon"), check.boolean, False, "same",
        "go to the background", takes="nothing",
    ),
    Setting(
        "pidfile", ("-p", "--pid"), check.text, None, "same", "a file for the master's pid",
        meta="FILE",
    ),
    Setting(
        "user", ("-u", "--user"), check.user, os.geteuid, "same", "workers run as this user",
        meta="USER", shown="the master's",
    ),
    Setting(
        "group", ("-g", "--group"), check.group, os.getegid, "same", "workers run as this group",
        meta="GROUP", shown="the master's",
    ),
    Setting(
        "umask", ("-m", "--umask"), check.octal, 0, "same", "for Unix sockets that are made",
        meta="MASK",
    ),
    Setting(
        "initgroups", ("--initgroups",), check.boolean, False, "same",
        "with all the groups of the user", takes="nothing",
    ),
    Setting(
        "proc_name", ("-n", "--name"), check.text, None, "same",
        "what ps shows, with setproctitle installed", meta="NAME",
    ),
    Setting(
        "default_proc_name", (), check.text, "hotclub", "different", "what ps shows without a name",
        "the default is hotclub or the application's name",
    ),
    Setting(
        "enable_stdio_inheritance", ("-R", "--enable-stdio-inheritance"), check.boolean, False,
        "same", "a daemon keeps standard output and error", takes="nothing",
    ),
    Setting(
        "worker_tmp_dir", ("--worker-tmp-dir",), check.text, None, "different",
        "accepted, without effect",
        "workers give their signs of life in shared memory, which no slow disk can hold up",
        meta="DIR",
    ),
    Setting(
        "tmp_upload_dir", ("--temporary",), check.directory, None, "different",
        "where large request bodies go", "has an option, too", meta="DIR", shown="$TMPDIR; /tmp",
    ),
)  # fmt: skip
