"""The default logger: gunicorn's interface over :mod:`logging`, so that subclasses and logging
configurations that exist go on working. Its loggers keep the names ``gunicorn.error`` and
``gunicorn.access``, as those files name them.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import sys
import time
import traceback
from typing import Any

from hotclub.errors import HotclubError
from hotclub.serve._access_format import json_line
from hotclub.serve._atoms import JsonFormatter, SafeAtoms, atoms_of
from hotclub.serve._logconfig import configure_logging
from hotclub.serve._syslog import syslog_handler

LEVELS = {
    "critical": logging.CRITICAL,
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}
MARK = "_gunicorn"  # handlers that are ours to remove; the name is what subclasses look for


class Logger:
    """Error and access log as the settings say.

    Raises:
        HotclubError: a file cannot be written, a logging configuration is wrong.
    """

    error_fmt = "[%(asctime)s] [%(process)d] [%(levelname)s] %(message)s"
    datefmt = "%Y-%m-%d %H:%M:%S %z"
    access_fmt = "%(message)s"
    syslog_fmt = "[%(process)d] %(message)s"
    atoms_wrapper_class = SafeAtoms

    def __init__(self, cfg: Any) -> None:
        self.error_log = logging.getLogger("gunicorn.error")
        self.access_log = logging.getLogger("gunicorn.access")
        for log in (self.error_log, self.access_log):
            log.propagate = False
        self.logfile: Any = None
        self.cfg = cfg
        self.setup(cfg)

    def setup(self, cfg: Any) -> None:
        """Open what the settings name; called again when they have been read again."""
        self.cfg = cfg
        self.loglevel = LEVELS[cfg.loglevel]
        self.error_log.setLevel(self.loglevel)
        self.access_log.setLevel(logging.INFO)
        for log in (self.error_log, self.access_log):
            for handler in [each for each in log.handlers if getattr(each, MARK, False)]:
                log.removeHandler(handler)
        self._capture()
        json_lines = JsonFormatter()
        plain = logging.Formatter(self.error_fmt, self.datefmt)
        stream = sys.stdout if cfg.log_json else sys.stderr
        self._set_handler(
            self.error_log, cfg.errorlog, json_lines if cfg.log_json else plain, stream
        )
        self._set_handler(
            self.access_log, cfg.accesslog, logging.Formatter(self.access_fmt), sys.stdout
        )
        self._set_syslog(cfg)
        configure_logging(cfg)

    def _capture(self) -> None:
        if not self.cfg.capture_output or self.cfg.errorlog == "-":
            return
        sys.stdout.flush()
        sys.stderr.flush()
        if self.logfile is not None:
            self.logfile.close()
        try:
            self.logfile = open(self.cfg.errorlog, "a+")  # noqa: SIM115
        except OSError as error:
            raise _unwritable(self.cfg.errorlog, error) from None
        os.dup2(self.logfile.fileno(), 1)
        os.dup2(self.logfile.fileno(), 2)

    def _set_handler(
        self, log: logging.Logger, output: str | None, fmt: logging.Formatter, stream: Any = None
    ) -> None:
        for handler in [each for each in log.handlers if getattr(each, MARK, False)]:
            log.removeHandler(handler)
        if output is None:
            return
        made: logging.Handler
        if output == "-":
            made = logging.StreamHandler(stream)
        else:
            try:
                made = logging.FileHandler(output)
            except OSError as error:
                raise _unwritable(output, error) from None
            self._give_away(made)
        made.setFormatter(fmt)
        setattr(made, MARK, True)
        log.addHandler(made)

    def _give_away(self, handler: logging.FileHandler) -> None:
        """Workers may run as another user, and are to open the file again on USR1."""
        with contextlib.suppress(OSError):
            os.chown(handler.baseFilename, self.cfg.uid, self.cfg.gid)

    def _set_syslog(self, cfg: Any) -> None:
        if not cfg.syslog:
            return
        logs = [(self.error_log, "error")]
        if not cfg.disable_redirect_access_to_syslog:
            logs.append((self.access_log, "access"))
        for log, kind in logs:
            handler = syslog_handler(cfg, kind, self.syslog_fmt)
            setattr(handler, MARK, True)
            log.addHandler(handler)

    def critical(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log at this level; so do the following."""
        self.error_log.critical(msg, *args, **kwargs)

    def error(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log an error."""
        self.error_log.error(msg, *args, **kwargs)

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log a warning."""
        self.error_log.warning(msg, *args, **kwargs)

    def info(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log what an operator may want to know."""
        self.error_log.info(msg, *args, **kwargs)

    def debug(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log what only somebody looking for a fault wants to know."""
        self.error_log.debug(msg, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log an error with the exception being handled."""
        self.error_log.exception(msg, *args, **kwargs)

    def log(self, lvl: Any, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log at a level given by name or number."""
        number = LEVELS.get(lvl.lower(), logging.INFO) if isinstance(lvl, str) else lvl
        self.error_log.log(number, msg, *args, **kwargs)

    def now(self) -> str:
        """The time as access logs write it."""
        return time.strftime("[%d/%b/%Y:%H:%M:%S %z]")

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """What an access line may say, by the names of its format language."""
        return atoms_of(resp, req, environ, request_time, self.now())

    @property
    def access_log_enabled(self) -> bool:
        """Whether :meth:`access` writes anything."""
        cfg = self.cfg
        to_syslog = cfg.syslog and not cfg.disable_redirect_access_to_syslog
        configured = cfg.logconfig or cfg.logconfig_dict or cfg.logconfig_json
        return bool(cfg.accesslog or configured or to_syslog)

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Write the line of one request."""
        if not self.access_log_enabled:
            return
        atoms = self.atoms(resp, req, environ, request_time)
        try:
            if self.cfg.log_json:
                self.access_log.info("%s", json_line(atoms, time.strftime("%Y-%m-%dT%H:%M:%S%z")))
            else:
                self.access_log.info(self.cfg.access_log_format, self.atoms_wrapper_class(atoms))
        except Exception:
            self.error(traceback.format_exc())

    def reopen_files(self) -> None:
        """Open every file again by its name, after rotation."""
        self._capture()
        for handler in _file_handlers():
            handler.acquire()
            try:
                if handler.stream:
                    handler.close()
                    handler.stream = handler._open()
                    self._give_away(handler)
            except OSError as error:
                self.error(str(_unwritable(handler.baseFilename, error)))
            finally:
                handler.release()

    def close_on_exec(self) -> None:
        """Files of :mod:`logging` are closed on exec anyway; here for those who call it."""


def _file_handlers() -> list[logging.FileHandler]:
    names = list(logging.root.manager.loggerDict)
    logs = [logging.root, *(logging.getLogger(name) for name in names)]
    found = [each for log in logs for each in log.handlers]
    return list(
        {id(each): each for each in found if isinstance(each, logging.FileHandler)}.values()
    )


def _unwritable(path: str, error: OSError) -> HotclubError:
    return HotclubError(f"cannot write the log {path}: {error.strerror}")


def make_logger(cfg: Any) -> Any:
    """The logger that ``logger_class`` names, with statsd when that is asked for.

    Raises:
        HotclubError: there is no such class.
    """
    from hotclub.serve._statsd import Statsd

    wanted = cfg.logger_class
    if wanted in ("gunicorn.glogging.Logger", "simple", "hotclub.serve.Logger"):
        wanted = Statsd if cfg.statsd_host else Logger
    elif wanted == "gunicorn.instrument.statsd.Statsd":
        wanted = Statsd
    return (wanted if isinstance(wanted, type) else _find_class(wanted))(cfg)


def _find_class(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        hint = ""
        if isinstance(error, ModuleNotFoundError) and str(error.name).startswith("gunicorn"):
            hint = "; derive it from hotclub.serve.Logger, which has the same methods"
        raise HotclubError(f"--logger-class {name} cannot be imported: {error}{hint}") from None
