"""The table's sections on what the server tells: logs, numbers, hooks."""

from __future__ import annotations

from hotclub.serve import _checks as check
from hotclub.serve._setting import Setting, group

FORMAT = '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"'
LOGGER = "gunicorn.glogging.Logger"

LOGS = group(
    "Logs",
    Setting(
        "accesslog", ("--access-logfile", "--access-log"), check.text, None, "same",
        "a file with a line for each request; - is standard output", meta="FILE",
    ),
    Setting(
        "access_log_format", ("--access-logformat",), check.text, FORMAT, "same",
        "what that line says", meta="FORMAT",
    ),
    Setting(
        "errorlog", ("--error-logfile", "--log-file"), check.text, "-", "same",
        "the server's own log; - is standard error", meta="FILE",
    ),
    Setting(
        "loglevel", ("--log-level",), check.level, "info", "same",
        "critical, error, warning, info or debug", meta="LEVEL",
    ),
    Setting(
        "log_json", ("--log-json",), check.boolean, False, "ours",
        "both logs as JSON lines; - is standard output for both", takes="nothing",
    ),
    Setting(
        "capture_output", ("--capture-output",), check.boolean, False, "same",
        "standard output and error of the workers go to the server's log", takes="nothing",
    ),
    Setting(
        "logger_class", ("--logger-class",), check.class_or_name, LOGGER, "same",
        "a class with gunicorn's logger's methods; the default is hotclub's own", meta="CLASS",
    ),
    Setting(
        "logconfig", ("--log-config",), check.text, None, "same",
        "a file for logging.config.fileConfig", meta="FILE",
    ),
    Setting(
        "logconfig_dict", (), check.mapping, {}, "same", "a dict for logging.config.dictConfig",
    ),
    Setting(
        "logconfig_json", ("--log-config-json",), check.text, None, "same",
        "such a dict in a JSON file", meta="FILE",
    ),
    Setting(
        "syslog", ("--log-syslog",), check.boolean, False, "same", "send the logs to syslog, too",
        takes="nothing",
    ),
    Setting(
        "syslog_addr", ("--log-syslog-to",), check.text, "udp://localhost:514", "same",
        "udp://host:port, tcp://host:port or unix://path#dgram", meta="ADDRESS",
    ),
    Setting(
        "syslog_prefix", ("--log-syslog-prefix",), check.text, None, "same",
        "a name for the entries", meta="NAME",
    ),
    Setting(
        "syslog_facility", ("--log-syslog-facility",), check.text, "user", "same", "the facility",
        meta="NAME",
    ),
    Setting(
        "disable_redirect_access_to_syslog", ("--disable-redirect-access-to-syslog",),
        check.boolean, False, "same", "not the access log", takes="nothing",
    ),
)  # fmt: skip

NUMBERS = group(
    "Numbers",
    Setting(
        "admin", ("--admin",), check.text, None, "ours",
        "an address for metrics, status and health: host:port or unix:path", meta="ADDRESS",
    ),
    Setting(
        "health_path", ("--health-path",), check.text, None, "ours",
        "a path that answers 200, 503 while stopping, without the application", meta="PATH",
    ),
    Setting(
        "statsd_host", ("--statsd-host",), check.statsd, None, "same",
        "host:port or unix://path of a statsd server", meta="ADDRESS",
    ),
    Setting(
        "statsd_prefix", ("--statsd-prefix",), check.text, "", "same",
        "before the names of the numbers", meta="NAME",
    ),
    Setting(
        "dogstatsd_tags", ("--dogstatsd-tags",), check.text, "", "same", "tags for DogStatsD",
        meta="TAGS",
    ),
    Setting(
        "enable_backlog_metric", ("--enable-backlog-metric",), check.boolean, False, "same",
        "also the connections that wait in the kernel", takes="nothing",
    ),
)  # fmt: skip


def _hook(name: str, when: str, *arities: int) -> Setting:
    return Setting(name, (), check.hook(*arities), None, "same", when)


HOOKS = group(
    "Hooks",
    _hook("on_starting", "(server): before the master does anything", 1),
    _hook("on_reload", "(server): HUP came and the configuration was read again", 1),
    _hook("when_ready", "(server): it listens", 1),
    _hook("pre_fork", "(server, worker): in the master", 2),
    _hook("post_fork", "(server, worker): in the worker", 2),
    _hook("post_worker_init", "(worker): the application is imported", 1),
    _hook("worker_int", "(worker): it leaves on INT or QUIT", 1),
    _hook("worker_abort", "(worker): it is given up, over --timeout", 1),
    _hook("pre_exec", "(server): before USR2's new master is started", 1),
    _hook("pre_request", "(worker, req): before a request", 2),
    _hook("post_request", "(worker, req, environ, resp): after it", 4, 3, 2),
    _hook("child_exit", "(server, worker): in the master, a worker has gone", 2),
    _hook("worker_exit", "(server, worker): in the worker, it is about to go", 2),
    _hook("nworkers_changed", "(server, new_value, old_value): the number of workers", 3),
    _hook("on_exit", "(server): the last thing the master does", 1),
)
