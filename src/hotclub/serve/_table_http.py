"""The table's sections on HTTP: limits, and what a proxy in front may say."""

from __future__ import annotations

from hotclub.serve import _checks as check
from hotclub.serve._machine import default_trusted
from hotclub.serve._setting import Setting, group

KIB = 1024
MIB = 1024 * KIB
SMUGGLING = "a proxy in front may read such a request differently; that is request smuggling"

LIMITS = group(
    "Limits, in bytes unless they count",
    Setting(
        "queue_limit", ("--queue-limit",), check.whole(0), 1000, "ours",
        "requests that wait for a thread of a worker; more get 503; 0 without end", meta="N",
    ),
    Setting(
        "retry_after", ("--retry-after",), check.whole(0), 1, "ours",
        "seconds that this 503 asks to wait; 0 says nothing", meta="S",
    ),
    Setting(
        "limit_request_line", ("--limit-request-line",), check.whole(0), 8 * KIB, "different",
        "method, target and version: 414", "the default is 8192, not 4094; 0 means 1 MiB, not "
        "without end", meta="N",
    ),
    Setting(
        "limit_request_fields", ("--limit-request-fields",), check.whole(0), 100, "different",
        "number of header fields: 431", "0 means 1,000, not 32,768", meta="N",
    ),
    Setting(
        "limit_request_field_size", ("--limit-request-field_size", "--limit-request-field-size"),
        check.whole(0), 8190, "same", "one header field: 431; 0 leaves it to the next limit",
        meta="N",
    ),
    Setting(
        "limit_request_headers", ("--limit-request-headers",), check.whole(256), 64 * KIB, "ours",
        "all header fields together: 431", meta="N",
    ),
    Setting(
        "limit_request_body", ("--limit-request-body",), check.size, 1024 * MIB, "ours",
        "a request's body: 413", meta="SIZE",
    ),
    Setting(
        "spool_limit", ("--spool-limit",), check.size, 1024 * MIB, "ours",
        "of a response, kept in a file for a slow client; 0: its thread waits instead",
        meta="SIZE",
    ),
    Setting(
        "body_memory", ("--body-memory",), check.size, MIB, "ours",
        "larger bodies go to an unlinked file in --temporary", meta="SIZE",
    ),
)  # fmt: skip

FILES = group(
    "Files",
    Setting(
        "static", ("--static",), check.mount, (), "ours",
        "PREFIX=DIR: files served without the application, repeatable", meta="PREFIX=DIR",
        takes="values", shown="STATIC_URL=STATIC_ROOT",
    ),
    Setting(
        "no_static", ("--no-static",), check.boolean, False, "ours",
        "leave STATIC_URL to the application", takes="nothing",
    ),
    Setting(
        "accel", ("--accel",), check.mount, (), "ours",
        "PREFIX=DIR: where X-Accel-Redirect and X-Sendfile may lead, repeatable",
        meta="PREFIX=DIR", takes="values",
    ),
)  # fmt: skip

PROXY = group(
    "Behind a proxy",
    Setting(
        "forwarded_allow_ips", ("--forwarded-allow-ips",), check.networks, default_trusted, "same",
        "peers whose forwarding headers count: addresses, networks, *; Unix sockets always do",
        meta="ADDRESSES", shown="$FORWARDED_ALLOW_IPS; 127.0.0.1,::1",
    ),
    Setting(
        "secure_scheme_headers", (), check.mapping,
        {"X-FORWARDED-PROTOCOL": "ssl", "X-FORWARDED-PROTO": "https", "X-FORWARDED-SSL": "on"},
        "same", "headers of trusted peers that make wsgi.url_scheme https",
    ),
    Setting(
        "forwarder_headers", ("--forwarder-headers",), check.names, ("SCRIPT_NAME", "PATH_INFO"),
        "same", "names with an underscore that trusted peers may send", meta="NAMES",
    ),
    Setting(
        "header_map", ("--header-map",), check.one_of("drop", "refuse", "dangerous"), "drop",
        "same", "names with an underscore from others: drop, refuse (400), or dangerous",
        meta="HOW",
    ),
    Setting(
        "proxy_protocol", ("--proxy-protocol",), check.proxy_mode, "off", "same",
        "the PROXY protocol: off, v1, v2 or auto", meta="MODE", takes="optional", const="auto",
    ),
    Setting(
        "proxy_allow_ips", ("--proxy-allow-from",), check.networks, ("127.0.0.1", "::1"),
        "same", "peers that may speak it; others get 403", meta="ADDRESSES",
    ),
    Setting(
        "sendfile", ("--no-sendfile",), check.boolean, None, "same",
        "no sendfile(2) for wsgi.file_wrapper", takes="nothing", const=False,
    ),
)  # fmt: skip

LENIENCE = group(
    "Lenience",
    *(
        Setting(name, (option,), check.boolean, False, "refused", what, why, takes="nothing")
        for name, option, what, why in (
            ("permit_obsolete_folding", "--permit-obsolete-folding", "folded headers", SMUGGLING),
            ("strip_header_spaces", "--strip-header-spaces", "space before a colon", SMUGGLING),
            (
                "permit_unconventional_http_method",
                "--permit-unconventional-http-method",
                "methods of any characters",
                "every token is accepted as a method, nothing else is one",
            ),
            (
                "permit_unconventional_http_version",
                "--permit-unconventional-http-version",
                "other versions",
                "HTTP/1.0 and 1.1 are spoken here, no other",
            ),
            (
                "casefold_http_method",
                "--casefold-http-method",
                "methods in lower case",
                "methods are case-sensitive (RFC 9110, 9.1); have the client send GET, not get",
            ),
        )
    ),
)
