// A beam search in a tree small enough to be drawn. The mathematics is in the exported functions.

const END = ".";
const ended = (words) => words.at(-1) === END;

/** The ways to go on from a beginning, each with the log-probability of the whole. */
function children(next, { words, total }) {
  if (ended(words)) return [];
  return Object.entries(next[words.at(-1) ?? ""]).map(([word, chance]) => ({ words: [...words, word], total: total + Math.log(chance) }));
}

/** What is kept after each step: the twin of attn.decoding.beam_search. What has ended keeps its
 *  place; the rest of the width goes to the likeliest continuations. */
export function search(next, width, steps) {
  const kept = [[{ words: [], total: 0 }]];
  for (let step = 0; step < steps; step++) {
    const done = kept.at(-1).filter((h) => ended(h.words));
    const open = kept.at(-1).filter((h) => !ended(h.words)).flatMap((h) => children(next, h));
    open.sort((a, b) => b.total - a.total);
    kept.push([...done, ...open.slice(0, width - done.length)]);
  }
  return kept;
}

/** Every sentence of the language. */
export function sentences(next) {
  const grow = (h) => (ended(h.words) ? [h] : children(next, h).flatMap(grow));
  return grow({ words: [], total: 0 });
}

/** ((5 + length) / 6)^α (Wu et al. 2016). */
export function penalty(length, alpha) {
  return ((5 + length) / 6) ** alpha;
}

/** The hypotheses, best first: those that have ended before the others. */
export function ranked(hypotheses, alpha) {
  const scored = hypotheses.map((h) => ({ ...h, done: ended(h.words), score: h.total / penalty(h.words.length, alpha) }));
  return scored.sort((a, b) => b.done - a.done || b.score - a.score);
}

const show = (x, digits = 3) => x.toFixed(digits).replace("-", "−").replace(/^0\./, ".");
const set = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
};
const [WIDE, TALL, COLUMN, ROW, TOP] = [112, 28, 134, 37, 26];

/** A node for each beginning, with its column and row; leaves are spread evenly. */
function layout(next) {
  const nodes = [];
  let leaves = 0;
  const place = (h) => {
    const below = children(next, h).map(place);
    const row = below.length ? (below[0].row + below.at(-1).row) / 2 : leaves++;
    const node = { ...h, key: h.words.join(" "), row, below, depth: h.words.length };
    nodes.push(node);
    return node;
  };
  place({ words: [], total: 0 });
  return { nodes: nodes.filter((n) => n.depth), leaves, depth: Math.max(...nodes.map((n) => n.depth)) };
}

function render({ model, el }) {
  const names = ["width", "steps", "alpha"];
  const start = names.map((name) => [name, model.get(name)]);
  const next = model.get("next");
  const { nodes, leaves, depth } = layout(next);
  const x = (n) => 2 + COLUMN * (n.depth - 1);
  const y = (n) => TOP + ROW * n.row;

  const svg = make("svg:svg", { viewBox: `0 0 ${COLUMN * (depth - 1) + WIDE + 4} ${TOP + ROW * leaves}`, role: "group", "aria-label": "The tree of all sentences" });
  const band = make("svg:rect", { class: "now", y: 0, width: WIDE + 12, height: TOP + ROW * leaves - 2, rx: 8 });
  const counts = [...Array(depth).keys()].map((d) => make("svg:text", { class: "count", x: 2 + COLUMN * d + WIDE / 2, y: 16, "text-anchor": "middle" }, `${d + 1}`));
  const edges = nodes.flatMap((n) => n.below.map((m) => [m, make("svg:path", { class: "edge", d: `M${x(n) + WIDE} ${y(n) + TALL / 2}C${x(n) + WIDE + 14} ${y(n) + TALL / 2} ${x(m) - 14} ${y(m) + TALL / 2} ${x(m)} ${y(m) + TALL / 2}` })]));
  const boxes = nodes.map((n) => [n, make("svg:g", { class: "node", transform: `translate(${x(n)} ${y(n)})` },
    make("svg:rect", { width: WIDE, height: TALL, rx: 7 }),
    make("svg:text", { class: "word", x: 9, y: 19.5 }, n.words.at(-1)),
    make("svg:text", { class: "number", x: WIDE - 8, y: 19.5, "text-anchor": "end" }, show(Math.exp(n.total))))]);
  svg.append(band, ...counts, ...edges.map(([, e]) => e), ...boxes.map(([, b]) => b));

  const group = `width-${Math.random().toString(36).slice(2)}`;
  const radios = [1, 2, 3, 4, sentences(next).length].map((n) => make("input", { type: "radio", name: group, value: n }));
  const alpha = make("input", { type: "range", min: 0, max: 2, step: 0.1, "aria-label": "length penalty α" });
  const alphaSays = make("output", {});
  const back = make("button", { type: "button" }, "Step back");
  const forth = make("button", { type: "button" }, "Step");
  const reset = make("button", { type: "button" }, "Reset");
  const table = make("table", { class: "attn-table" });
  const spoken = make("p", { class: "attn-spoken", "aria-live": "polite" });
  const root = frame(make("div", { class: "attn-beam" }),
    make("div", { class: "attn-row" },
      make("fieldset", {}, make("legend", {}, "width"), ...radios.map((r) => make("label", { class: "attn-pill" }, r, r.value))),
      make("div", {}, back, " ", forth, " ", reset)),
    svg, make("label", { class: "alpha" }, "length penalty α ", alpha, " ", alphaSays),
    make("div", { class: "attn-scroll" }, table), spoken);

  function change(name, value) {
    model.set(name, value);
    draw();
    model.save_changes();
  }
  const step = (by) => change("steps", Math.min(depth, Math.max(0, model.get("steps") + by)));
  back.addEventListener("click", () => step(-1));
  forth.addEventListener("click", () => step(1));
  for (const radio of radios) radio.addEventListener("change", () => change("width", Number(radio.value)));
  alpha.addEventListener("input", () => change("alpha", Number(alpha.value)));

  function draw() {
    const [width, steps, penalised] = names.map((name) => model.get(name));
    const history = search(next, width, steps);
    const now = new Set(history.at(-1).map((h) => h.words.join(" ")));
    const once = new Set(history.flat().map((h) => h.words.join(" ")));
    // Scored and dropped: a child of something that was kept before.
    const parents = new Set(history.slice(0, -1).flat().map((h) => h.words.join(" ")));
    for (const [n, box] of boxes) {
      const state = now.has(n.key) ? "kept" : once.has(n.key) ? "passed" : parents.has(n.words.slice(0, -1).join(" ")) ? "dropped" : "unseen";
      set(box, { class: `node ${state}${ended(n.words) ? " ended" : ""}`, "data-words": n.key, "data-state": state });
    }
    for (const [m, edge] of edges) edge.classList.toggle("taken", once.has(m.key));
    set(band, { x: COLUMN * (steps - 1) - 4 });
    band.style.display = steps ? "" : "none";
    for (const radio of radios) radio.checked = Number(radio.value) === width;
    alpha.value = penalised;
    alphaSays.textContent = penalised.toFixed(1);
    back.disabled = steps === 0;
    forth.disabled = steps === depth;
    write(ranked(history.at(-1), penalised), steps, penalised);
  }

  function write(found, steps, penalised) {
    const header = ["kept", "log p", "tokens", "penalty", "score"].map((t) => make("th", { scope: "col" }, t));
    const rows = found.map((h) => make("tr", h.done ? { class: "done" } : {}, make("th", { scope: "row" }, h.words.join(" ") || "(nothing yet)"),
      ...[show(h.total), `${h.words.length}`, show(penalty(h.words.length, penalised)), show(h.score)].map((t) => make("td", {}, t))));
    table.replaceChildren(make("thead", {}, make("tr", {}, ...header)), make("tbody", {}, ...rows));
    const over = found.every((h) => h.done);
    const every = ranked(sentences(next), penalised);
    const best = every[0];
    const quote = (h) => `“${h.words.join(" ")}”`;
    const same = found[0].words.join() === best.words.join();
    if (!over) say(`After ${steps} ${steps === 1 ? "step" : "steps"}: ${found.map((h) => `${quote(h)} ${show(Math.exp(h.total))}`).join(", ")}.`);
    else say(`The search has ended and found ${quote(found[0])}, probability ${show(Math.exp(found[0].total))}. ` +
      (same ? `No sentence of the ${every.length} scores higher.` : `The best of all ${every.length} sentences is ${quote(best)}, ${show(Math.exp(best.total))}: it was overlooked.`));
  }

  const say = announcer(spoken, 250);

  resets(reset, model, start, draw);
  return live(model, el, root, names, draw);
}

export default { render };
