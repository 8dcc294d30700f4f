"""The recorder: what a project does while it answers requests, with the origin of every query.

    recorder.install(Config(path="shop.hclb", root="/srv/shop"))
    …
    recorder.uninstall()

How it is put together:

* `_hooks` patches Django's modules when they are imported, and takes the patches out again;
* `_requests` opens a *trace* for each request, or for those that `_sample` draws, and closes it
  with the response; `_labels` has what it is called;
* `_queries`, `_joins`, `_relations`, `_refreshes`, `_prefetch` keep the tree of *batches*
  (`_batches`); `_loads` opens and closes what they load, `_shapes` and `_facts` describe it;
* `_shortcuts` has C do what the hottest of these wrappers do most of the time, and `_made` the
  objects that each request needs;
* `_spans` and `_cursor` time everything else; `_places` names the code that did it;
* `_ring` and `_writer` carry finished traces to the file, `_encode` and `_resolve` turning
  objects into rows on the way, `_headers` headers into JSON, `_redact` leaving secrets out.
"""

from ._config import BY_HAND, ENVIRONMENT, Config
from ._install import Recorder, active, flush, install, uninstall
from ._labels import label_others, request_label
from ._sample import unrecorded

__all__ = [
    "BY_HAND",
    "ENVIRONMENT",
    "Config",
    "Recorder",
    "active",
    "flush",
    "install",
    "label_others",
    "request_label",
    "uninstall",
    "unrecorded",
]
