"""``python -m truth.unfix``: eager loading that others wrote, taken out; does it come back?"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence

from truth._counts import share, told
from truth.projects import NAMES, prepare
from truth.unfix._judge import Result
from truth.unfix._project import Limits, Tried, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="truth.unfix", description=__doc__)
    parser.add_argument("projects", nargs="*", metavar="PROJECT", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--most", type=int, default=25, help="removals of each that count (25)")
    parser.add_argument("--seed", type=int, default=1, help="of the order they are tried in (1)")
    parser.add_argument("--again", choices=("misses", "all"), default="", help="not only new ones")
    parser.add_argument("--only", default="", metavar="TEXT", help="those whose line has this")
    args = parser.parse_args()
    limits = Limits(args.most, args.seed, again=args.again, only=args.only)
    tried = [run(prepare(name), limits) for name in args.projects or NAMES]
    for one in tried:
        _print(one)
    print(json.dumps({"truth": "unfix", **_figures([r for one in tried for r in one.results])}))
    return 0


def _figures(results: Sequence[Result]) -> dict[str, object]:
    counted = [result for result in results if result.outcome == "raised"]
    n = len(counted)
    return {
        "n": n,
        "recall": share(sum(one.seen for one in counted), n),
        "right_expression": share(sum(one.right for one in counted), n),
        "restored": share(sum(one.restored for one in counted), n),
    }


def _print(tried: Tried) -> None:
    counted = [result for result in tried.results if result.outcome == "raised"]
    n = len(counted)
    print(f"\n{tried.name}: {tried.found} that could be removed, {tried.requests} requests")
    print(f"  {tried.never} never run; {tried.not_tried} not tried")
    for outcome, count in sorted(tried.outcomes().items()):
        print(f"  {count} {outcome}")
    print(f"  seen                 {told(sum(one.seen for one in counted), n)}")
    print(f"  the right expression {told(sum(one.right for one in counted), n)}")
    print(f"  restored and proved  {told(sum(one.restored for one in counted), n)}")
    for one in counted:
        if not one.restored or not one.right:
            flags = ", ".join(
                name for name in ("seen", "right", "restored") if not getattr(one, name)
            )
            print(f"  not {flags}: {one.removal}")
            for finding in one.findings[:4]:
                print(f"      {finding}")
            for reason, times in Counter(one.reasons).items():
                print(f"      {reason}{f' ×{times}' if times > 1 else ''}")


if __name__ == "__main__":
    raise SystemExit(main())
