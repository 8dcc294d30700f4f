"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.getElementById("page");
  const KINDS = new Set(["middleware", "view", "template", "serializer", "query", "fetch", "cache"]);
  const DIFF = { "+": "added", "-": "removed", "@": "hunk" };
  const PER_PAGE = 50;

  function make(tag, className, text, ...children) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    node.append(...children);
    return node;
  }

  const ms = (value) => `${value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : 0 })} ms`;
  const many = (count, one, more) => `${count.toLocaleString("en")} ${count === 1 ? one : more || one + "s"}`;

  // A list that shows its beginning and the next part when asked.
  function list(parent, items, draw, per = PER_PAGE) {
    const box = make("div");
    const button = make("button", "more");
    let shown = 0;
    function next() {
      const first = shown;
      for (const item of items.slice(shown, shown + per)) box.append(draw(item));
      shown = Math.min(items.length, shown + per);
      button.textContent = `${many(items.length - shown, "more", "more")}`;
      button.hidden = shown === items.length;
      const focused = first && box.children[first];
      if (focused) (focused.querySelector("summary") || focused).focus();
    }
    button.addEventListener("click", next);
    next();
    parent.append(box, button);
  }

  // Its body is made when it is opened for the first time.
  function opening(className, head, fill) {
    const node = make("details", className, "", make("summary", "", "", ...head));
    node.addEventListener("toggle", () => {
      if (!node.open || node.querySelector(".body")) return;
      const body = make("div", "body");
      node.append(body);
      fill(body);
    });
    return node;
  }

  function source(lines) {
    const pre = make("pre", "source");
    for (const [number, text, first, last] of lines) {
      pre.append(make("span", "gutter", `${String(number).padStart(5)}  `));
      if (first < 0) pre.append(text);
      else pre.append(text.slice(0, first), make("mark", "", text.slice(first, last)), text.slice(last));
      pre.append("\n");
    }
    return pre;
  }

  function plan(body, lines) {
    if (lines.length) body.append(make("pre", "plan", lines.join("\n")));
  }

  // Each statement that the index would serve, before and after.
  function index(body, one) {
    body.append(make("p", "", "Add ", make("code", "", one.call)));
    for (const statement of one.statements) {
      const runs = statement.runs > 1 ? `, ${many(statement.runs, "time")} in a request` : "";
      body.append(make("p", "times", `${ms(statement.before_ms)} → ${ms(statement.after_ms)}${runs}`), make("pre", "sql", statement.sql));
      plan(body, statement.plan);
    }
  }

  function diff(text) {
    const pre = make("pre", "diff");
    for (const line of text.trimEnd().split("\n")) {
      const head = line.startsWith("+++") || line.startsWith("---");
      pre.append(make("span", head ? "soft" : DIFF[line[0]] || "", line), "\n");
    }
    return pre;
  }

  function fix(one) {
    const name = make("span", "name", one.summary, make("div", "place soft", one.place));
    return opening("fix", [make("span", "code", one.codes.join(", ")), name, make("span", `outcome ${one.outcome}`, one.outcome)], (body) => {
      if (one.reason) body.append(make("p", "reason", one.reason));
      body.append(diff(one.diff));
    });
  }

  // What a proof measured: queries and milliseconds on the old tree and on the new one.
  function pages(proved) {
    const table = make("table", "pages", "", make("tr", "", "", ...["page", "queries", "ms", "response"].map((name) => make("th", "", name))));
    const same = data.sampled.length ? "the same, on a sample" : "the same";
    for (const page of proved) {
      const times = page.ms ? page.ms.map(ms).join(" → ") : "";
      const response = page.outcome === "equal" ? same : `${page.outcome}: ${page.reason}`;
      const cells = [page.label, page.queries.join(" → "), times, response];
      table.append(make("tr", "", "", ...cells.map((text) => make("td", "", text))));
    }
    return table;
  }

  function fixes(all) {
    if (all.pages.length) root.append(make("h2", "", "Before and after"), pages(all.pages));
    root.append(make("h2", "", "Fixes"));
    if (all.fixes.length) list(root, all.fixes, fix);
    else root.append(make("p", "soft", "Nothing is written or offered."));
    list(root, all.refusals, (one) => make("p", "refusal soft", `${one.code} ${one.place}: ${one.reason}`));
  }

  function finding(one) {
    const gain = one.measured ? `saves ${ms(one.gain_ms)} of ${ms(one.cost_ms)}` : "not measured";
    const name = make("span", "name", one.title, make("div", "place soft", one.place));
    return opening("finding", [make("span", "code", one.code), name, make("span", "number soft", gain)], (body) => {
      if (one.lookup) body.append(make("p", "", `Path: ${[one.model, one.lookup].filter(Boolean).join(" → ")}`));
      const seen = [many(one.queries, "query", "queries"), many(one.loads, "load"), many(one.members, "instance"), many(one.rows, "row")];
      body.append(make("p", "", `Seen in the worst request: ${seen.join(", ")}. About ${many(one.saved, "query", "queries")} fewer per request.`));
      if (one.detail) body.append(make("p", "", one.detail));
      if (one.source.length) body.append(source(one.source));
      if (one.advice) body.append(make("p", "", one.advice));
      if (one.reason) body.append(make("p", "reason", `No edit: ${one.reason}`));
      if (one.index) index(body, one.index);
      else if (one.sql) body.append(make("pre", "sql", one.sql));
      if (!one.index) plan(body, one.plan);
      const more = one.requests_left_out ? ` and ${many(one.requests_left_out, "more request")}` : "";
      if (one.requests.length) body.append(make("p", "soft", `In ${one.requests.join(", ")}${more}`));
    });
  }

  const classOf = (kind) => (KINDS.has(kind) ? `k-${kind}` : "");
  const textOf = (number) => (number < 0 ? "" : data.texts[number]);
  const spanOf = ([id, parent, kind, name, start, took, sql, explained]) => ({ id, parent, kind, name: data.texts[name], start, took, sql: textOf(sql), plan: textOf(explained) });

  function place(node, span, total) {
    node.style.left = `${Math.min(100, (100 * span.start) / total)}%`;
    node.style.width = `${Math.min(100, (100 * span.took) / total)}%`;
    return node;
  }

  function describe(pane, span) {
    const plan = span.plan && `\n\nPlan, on a copy of the database:\n${span.plan}`;
    pane.textContent = `${span.kind} · ${ms(span.took / 1000)}\n${span.sql || span.name}${plan}`;
    pane.hidden = false;
  }

  function waterfall(box, spans, total, pane) {
    list(box, spans, (span) => {
      const track = make("span", "track", "", place(make("span", `bar ${classOf(span.kind)}`), span, total));
      const row = make("button", "row", "", make("span", "label", `${span.kind} ${span.sql || span.name}`), track, make("span", "number", ms(span.took / 1000)));
      row.addEventListener("click", () => { describe(pane, span); row.after(pane); });
      return row;
    });
  }

  function flame(box, spans, total, pane) {
    const depths = new Map([[0, -1]]);
    const chart = make("div", "flame");
    let deepest = 0;
    for (const span of spans) {
      const depth = (depths.get(span.parent) ?? -1) + 1;
      depths.set(span.id, depth);
      deepest = Math.max(deepest, depth);
      const frame = place(make("button", `frame ${classOf(span.kind)}`, span.sql || span.name), span, total);
      frame.style.top = `${depth * 21}px`;
      frame.setAttribute("aria-label", `${span.kind} ${span.name}, ${ms(span.took / 1000)}`);
      frame.addEventListener("click", () => describe(pane, span));
      chart.append(frame);
    }
    chart.style.height = `${(deepest + 1) * 21}px`;
    box.append(chart, pane);
  }

  function request(one) {
    const head = [make("span", "soft number", one.status === null ? "–" : String(one.status)), make("span", "name", one.label),
      make("span", "number soft", many(one.queries, "query", "queries")), make("span", "number", ms(one.ms))];
    return opening("request", head, (body) => {
      const spans = one.spans.map(spanOf);
      const total = Math.max(1, one.ms * 1000, ...spans.map((span) => span.start + span.took));
      const box = make("div");
      const tabs = [["Waterfall", waterfall], ["Flame", flame]].map(([name, draw]) => {
        const button = make("button", "", name);
        button.addEventListener("click", () => {
          for (const other of tabs) other.setAttribute("aria-pressed", String(other === button));
          const pane = make("pre", "sql");
          pane.hidden = true;
          box.replaceChildren();
          draw(box, spans, total, pane);
        });
        return button;
      });
      body.append(make("div", "tabs", "", ...tabs));
      if (one.spans_left_out) body.append(make("p", "soft", `${many(one.spans_left_out, "span")} left out.`));
      body.append(box);
      tabs[0].click();
    });
  }

  const sum = data.summary;
  const cards = [["routes reached", `${sum.routes_reached} / ${sum.routes}`], ["requests", sum.requests], ["queries", sum.queries], ["findings", sum.findings], ["milliseconds", Math.round(sum.milliseconds)]];
  const summary = make("dl", "summary");
  for (const [name, value] of cards) summary.append(make("div", "", "", make("dt", "", name), make("dd", "", value.toLocaleString("en"))));
  root.replaceChildren(make("h1", "", data.project), summary, ...data.sampled.map((what) => make("p", "sampled", what)), make("h2", "", "Findings, most costly first"));
  if (data.findings.length) list(root, data.findings, finding);
  else root.append(make("p", "soft", "Nothing was found."));
  if (data.fixes) fixes(data.fixes);
  root.append(make("h2", "", "Requests, slowest first"));
  list(root, data.requests, request);
  const limits = data.limits;
  root.append(make("p", "soft", `Shown are at most ${many(limits.requests, "request")}, ${limits.spans} spans of each, ${many(limits.spans_in_all, "span")} in all, and ${many(limits.sql, "character")} of a statement.` +
    (data.requests_left_out ? ` ${many(data.requests_left_out, "quicker request")} left out.` : "") +
    (data.spans_left_out ? ` ${many(data.spans_left_out, "span")} left out.` : "")));
  for (const note of data.notes) root.append(make("p", "soft", note));
})();
