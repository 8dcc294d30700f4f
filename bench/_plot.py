"""The plot of `docs/benchmarks.md`: how many times better than each peer, as an SVG."""

from __future__ import annotations

from html import escape
from math import log10
from typing import Any

LEFT, WIDTH, LINE, GAP = 230, 420, 18, 14
COLOURS = ("#2f6f4f", "#b4532a")  # ahead, behind


def ratios(result: dict[str, Any]) -> dict[str, float]:
    """Times better than each peer; servers are judged by processor time where it was taken."""
    costs = result.get("cpu_us")
    figures = costs if costs else {"hotclub": result["hotclub"], **result["peers"]}
    lower = bool(costs) or result["better"] == "lower"
    ours = figures["hotclub"]
    return {
        name: figure / ours if lower else ours / figure
        for name, figure in figures.items()
        if name != "hotclub" and figure > 0 and ours > 0
    }


def svg(results: list[dict[str, Any]]) -> str:
    """A bar for each peer, on a logarithmic axis through 1."""
    rows = [(result["bench"], ratios(result)) for result in results]
    rows = [(name, found) for name, found in rows if found]
    every = [ratio for _, found in rows for ratio in found.values()]
    low, high = log10(min([0.8, *every])), log10(max([1.25, *every]))
    scale = WIDTH / (high - low)
    one = LEFT - low * scale
    parts, y = [], 10
    for name, found in rows:
        parts.append(_text(4, y + 13, name, "bold"))
        for peer, ratio in found.items():
            end = one + log10(ratio) * scale
            x, width = min(one, end), max(1.0, abs(end - one))
            colour = COLOURS[ratio < 1]
            parts.append(_text(LEFT - 6, y + 13, peer, anchor="end"))
            parts.append(
                f'<rect x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="{LINE - 5}" '
                f'fill="{colour}"/>'
            )
            parts.append(_text(max(one, end) + 5, y + 13, f"{ratio:.3g}×"))
            y += LINE
        y += GAP
    axis = f'<line x1="{one:.1f}" y1="6" x2="{one:.1f}" y2="{y - 6}" stroke="#888"/>'
    style = 'font-family="sans-serif" font-size="12"'
    size = f'width="{LEFT + WIDTH + 70}" height="{y}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>'
    return "\n".join(
        [head, '<rect width="100%" height="100%" fill="white"/>', *parts, axis, "</svg>", ""]
    )


def _text(x: float, y: float, text: str, weight: str = "normal", anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )
