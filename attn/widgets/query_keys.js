// A query among keys. The mathematics is in the exported functions above `render`; the rest draws.

/** q · k_j, one number a key: the twin of attn.dot_product.dot_product_scores. */
export function scores(query, keys) {
  return keys.map((key) => dot(query, key));
}

/** softmax(q · k_j / temperature): the twin of attn.dot_product.dot_product_weights. */
export function weights(query, keys, temperature) {
  return softmax(scores(query, keys).map((s) => s / temperature));
}

/** Σ_j w_j v_j: what the query reads. */
export function output(shares, values) {
  return values[0].map((_, c) => shares.reduce((sum, w, j) => sum + w * values[j][c], 0));
}

/** -Σ w ln w in nats, with 0 ln 0 = 0: the twin of attn.softmax.entropy. */
export function entropy(shares) {
  return -shares.reduce((sum, w) => sum + (w > 0 ? w * Math.log(w) : 0), 0);
}

/** The keys with the largest score: several, where they tie. */
export function winners(query, keys) {
  const all = scores(query, keys);
  const largest = Math.max(...all);
  return all.flatMap((s, j) => (largest - s < 1e-9 ? [j] : []));
}

/** Where a key's score can be seen: its foot on the line through the query. */
export function foot(query, key) {
  const square = dot(query, query);
  return square === 0 ? [0, 0] : query.map((x) => (x * dot(query, key)) / square);
}

/** The corners around all points, in order (Andrew's monotone chain). */
export function hull(points) {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const left = (o, a, b) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]) > 0;
  const half = (list) =>
    list.reduce((chain, p) => {
      while (chain.length > 1 && !left(chain.at(-2), chain.at(-1), p)) chain.pop();
      return [...chain, p];
    }, []);
  return [...half(sorted).slice(0, -1), ...half(sorted.reverse()).slice(0, -1)];
}

const GRID = 0.05; // points rest on it, so that the numbers shown are exact
const REACH = 3;
const snap = (x) => Math.round(Math.max(-REACH, Math.min(REACH, x)) / GRID) * GRID;
const show = (x, digits = 2) => x.toFixed(digits).replace("-", "−");
const SIZE = 340;
const HALO = 46; // radius of a halo that holds all the weight; its area is what shares out
// From the units of a plane to those of its drawing, and back.
const KEYS = { x: (x) => 170 + 50 * x, y: (y) => 170 - 50 * y };
const VALUES = { x: (x) => 42 + 27 * x, y: (y) => 302 - 27 * y };
const toKeys = (p) => [snap((p.x - 170) / 50), snap((170 - p.y) / 50)];

const line = (name) => make("svg:line", { class: name });
const circle = (name, r) => make("svg:circle", { class: name, r });
const words = (text, attributes) => make("svg:text", attributes, text);
const set = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
};
const between = (node, plane, [x1, y1], [x2, y2]) =>
  set(node, { x1: plane.x(x1), y1: plane.y(y1), x2: plane.x(x2), y2: plane.y(y2) });
const at = (node, plane, [x, y]) => set(node, { cx: plane.x(x), cy: plane.y(y) });

/** The plane of keys, with the handles that `grab(node, what)` makes draggable. */
function keyPlane(books, grab) {
  const svg = make("svg:svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, role: "group", "aria-label": "The query and the keys" });
  const axis = line("axis");
  const marks = books.map(() => ({
    halo: circle("halo", 0),
    ring: circle("winner", 11),
    drop: line("drop"),
    foot: circle("foot", 3),
    stem: line("key"),
  }));
  const handle = (name, ...children) => make("svg:g", {}, circle("grip", 19), ...children);
  const keys = books.map(({ name }) =>
    handle(name, circle("key", 6), words(name, { class: "name", x: 0, y: -12, "text-anchor": "middle" })),
  );
  const arrow = make("svg:line", { class: "query", "stroke-width": 3.5 });
  const head = make("svg:path", { class: "query", d: "M10 0L-7 -7V7Z", stroke: "none" });
  const label = words("query", { class: "name", "font-weight": 600, style: "fill:var(--attn-query)" });
  const query = make("svg:g", {}, circle("grip", 22), head);
  svg.append(
    make("svg:path", { class: "faint", d: `M10 170H330M170 10V330` }),
    words("sea →", { x: 336, y: 163, "text-anchor": "end", opacity: 0.75 }),
    words("kitchen ↑", { x: 178, y: 20, opacity: 0.75 }),
    ...marks.map((m) => m.halo),
    axis,
    ...marks.flatMap(({ drop, foot: dot, stem, ring }) => [drop, stem, dot, ring]),
    arrow,
    ...keys,
    label,
    query,
  );
  keys.forEach((node, j) => grab(svg, node, j));
  grab(svg, query, "query");

  function draw({ q, points, shares, best }) {
    const length = Math.hypot(...q);
    const far = length ? q.map((x) => (6 * x) / length) : [0, 0];
    between(axis, KEYS, far.map((x) => -x), far);
    between(arrow, KEYS, [0, 0], q);
    const angle = (Math.atan2(-q[1], q[0]) * 180) / Math.PI;
    query.setAttribute("transform", `translate(${KEYS.x(q[0])} ${KEYS.y(q[1])})`);
    head.setAttribute("transform", `rotate(${angle})`);
    set(label, { x: KEYS.x(q[0]) + 12, y: KEYS.y(q[1]) + 20 });
    points.forEach((key, j) => {
      const { halo, drop, foot: mark, stem, ring } = marks[j];
      const [x, y] = [KEYS.x(key[0]), KEYS.y(key[1])];
      keys[j].setAttribute("transform", `translate(${x} ${y})`);
      keys[j].lastChild.setAttribute("y", key[1] < 0 ? 24 : -13); // away from the origin
      at(halo, KEYS, key);
      halo.setAttribute("r", HALO * Math.sqrt(shares[j]));
      at(ring, KEYS, key);
      ring.style.display = best.includes(j) ? "" : "none";
      between(stem, KEYS, [0, 0], key);
      between(drop, KEYS, key, foot(q, key));
      at(mark, KEYS, foot(q, key));
    });
  }
  return { svg, draw, handles: { query, keys } };
}

/** The plane of values: the output hangs on all of them, pulled by the weights. */
function valuePlane(books) {
  const values = books.map((book) => book.value);
  const corners = hull(values).map(([x, y]) => `${VALUES.x(x)},${VALUES.y(y)}`).join(" ");
  const svg = make("svg:svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img", "aria-label": "The values and the output; the table below has the numbers" });
  const marks = books.map(() => ({ halo: circle("halo", 0), pull: line("pull"), ring: circle("winner", 12) }));
  const out = make("svg:path", { class: "output", d: "M0-11L11 0 0 11-11 0Z" });
  const label = words("output", { class: "name", "font-weight": 600, style: "fill:var(--attn-output)" });
  svg.append(
    make("svg:path", { class: "faint", d: "M42 20V302H326" }),
    words("maps →", { x: 326, y: 322, "text-anchor": "end", opacity: 0.75 }),
    words("recipes ↑", { x: 8, y: 14, opacity: 0.75 }),
    make("svg:polygon", { class: "hull", points: corners }),
    ...marks.flatMap(({ halo, pull, ring }) => [halo, pull, ring]),
  );
  books.forEach(({ name, value: [x, y] }, j) => {
    for (const node of [marks[j].halo, marks[j].ring]) at(node, VALUES, [x, y]);
    const dotted = circle("value", 6);
    at(dotted, VALUES, [x, y]);
    const side = { x: VALUES.x(x), y: VALUES.y(y) + (y > 1 && y < 5 ? 26 : -16) };
    svg.append(dotted, words(name, { class: "name", "text-anchor": "middle", ...side }));
  });
  svg.append(out, label);

  function draw({ shares, best, out: o }) {
    out.setAttribute("transform", `translate(${VALUES.x(o[0])} ${VALUES.y(o[1])})`);
    set(label, { x: VALUES.x(o[0]) + 14, y: VALUES.y(o[1]) + 18 });
    marks.forEach(({ halo, pull, ring }, j) => {
      halo.setAttribute("r", HALO * Math.sqrt(shares[j]));
      between(pull, VALUES, values[j], o);
      pull.setAttribute("stroke-width", 10 * shares[j]);
      ring.style.display = best.includes(j) ? "" : "none";
    });
  }
  return { svg, draw };
}

/** The formula with its numbers; `data-part` names what a number belongs to. */
function sums() {
  const node = make("div", { class: "attn-sums" });
  const part = (name, text) => `<span class="attn-${name}" data-part="${name}">${text}</span>`;
  function draw({ books, q, points, temperature, all, shares, out, shown }) {
    const { name } = books[shown];
    const key = points[shown];
    const products = q.map((x, c) => `${part("query", show(x))} × ${part("key", show(key[c]))}`);
    const heat = part("temperature", show(temperature));
    const powers = all.map((s) => `e<sup>${show(s / temperature)}</sup>`).join(" + ");
    const pulls = books.map(
      ({ value }, j) =>
        `<span class="attn-weight">${show(shares[j])}</span> × <span class="attn-value">(${value.join(", ")})</span>`,
    );
    node.innerHTML = `
      <p>score of ${name} = ${products.join(" + ")} = ${show(all[shown])}</p>
      <p>weight of ${name} = e<sup>${show(all[shown])} / ${heat}</sup> ÷ (${powers})
        = <b class="attn-weight">${show(shares[shown])}</b></p>
      <p>output = ${pulls.join(" + ")} = <b class="attn-output">(${out.map((x) => show(x)).join(", ")})</b></p>`;
  }
  return { node, draw };
}

/** The numbers as a table, each weight with its bar: what the two planes show, for everyone. */
function table(books) {
  const cells = books.map(() => [1, 2, 3].map(() => make("td")));
  const bars = books.map(() => make("span", { class: "attn-bar" }));
  const head = ["book", "key", "score", "weight", ""].map((text) =>
    text ? make("th", { scope: "col" }, text) : make("td", { class: "attn-bars" }),
  );
  const rows = books.map(({ name }, j) =>
    make("tr", {}, make("th", { scope: "row" }, name), ...cells[j], make("td", { class: "attn-bars" }, bars[j])),
  );
  const node = make("table", { class: "attn-table" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
  function draw({ points, all, shares }) {
    books.forEach((_, j) => {
      const texts = [points[j].map((x) => show(x)).join(", "), show(all[j]), show(shares[j], 3)];
      texts.forEach((text, c) => (cells[j][c].textContent = text));
      bars[j].style.width = `${100 * shares[j]}%`;
    });
  }
  return { node, draw };
}

function render({ model, el }) {
  const books = model.get("books");
  const start = { books, query: model.get("query"), temperature: model.get("temperature") };
  let touched = null; // "query", "temperature", or the number of a key

  const keyArea = keyPlane(books, grab);
  const valueArea = valuePlane(books);
  const formula = sums();
  const numbers = table(books);
  const heat = make("input", { type: "range", min: -1.3, max: 1.3, step: 0.05, "aria-label": "temperature" });
  const reset = make("button", { type: "button" }, "Reset");
  const spread = make("p");
  const spoken = make("p", { class: "attn-spoken", "aria-live": "polite" });
  const figure = (svg, caption) => make("figure", {}, svg, make("figcaption", {}, caption));
  const label = make("label", { class: "attn-heat" }, "temperature", heat, make("span", { "data-part": "temperature" }));
  const root = frame(make("div", { class: "attn-query-keys" }),
    make("div", { class: "attn-planes" },
      figure(keyArea.svg, "Drag the query, or a key."),
      figure(valueArea.svg, "The output hangs between the values. Dashed ring: what a hard look-up would take.")),
    make("div", { class: "attn-row" }, label, spread, reset),
    formula.node,
    numbers.node,
    spoken);

  function touch(what) {
    touched = what;
    root.dataset.touched = typeof what === "number" ? "key" : what;
  }

  function change(name, value) {
    model.set(name, value);
    draw();
  }

  function move(what, point) {
    touch(what);
    if (what === "query") return change("query", point);
    const moved = model.get("books").map((book, j) => (j === what ? { ...book, key: point } : book));
    change("books", moved);
  }

  /** Lets mouse, touch and arrow keys move the query or a key. */
  function grab(svg, node, what) {
    const place = () => (what === "query" ? model.get("query") : model.get("books")[what].key);
    slider(svg, node, {
      label: what === "query" ? "query" : `key of ${books[what].name}`,
      drag: (point) => move(what, toKeys(point)),
      press(key, event) {
        const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
        if (!step) return false;
        move(what, place().map((x, c) => snap(x + step[c] * (event.shiftKey ? GRID : 4 * GRID))));
        return true;
      },
    });
    set(node, { "aria-valuemin": -REACH, "aria-valuemax": REACH });
    // A finger on a handle drags it; beside it, the page scrolls. Browsers do not look at the
    // touch-action of a shape inside a drawing.
    node.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    node.addEventListener("focus", () => (touch(what), draw()));
    node.addEventListener("lostpointercapture", () => model.save_changes());
    node.addEventListener("keyup", () => model.save_changes());
  }

  function draw() {
    const books = model.get("books");
    const [q, temperature] = [model.get("query"), model.get("temperature")];
    const points = books.map((book) => book.key);
    const all = scores(q, points);
    const shares = weights(q, points, temperature);
    const best = winners(q, points);
    const out = output(shares, books.map((book) => book.value));
    const shown = typeof touched === "number" ? touched : best[0];
    const state = { books, q, points, temperature, all, shares, best, out, shown };
    for (const part of [keyArea, valueArea, formula, numbers]) part.draw(state);
    const { query, keys } = keyArea.handles;
    [[query, q], ...keys.map((node, j) => [node, points[j]])].forEach(([node, [x, y]]) =>
      set(node, { "aria-valuenow": show(x).replace("−", "-"), "aria-valuetext": `sea ${show(x)}, kitchen ${show(y)}` }));
    heat.value = Math.log10(temperature);
    heat.setAttribute("aria-valuetext", show(temperature));
    label.lastChild.textContent = show(temperature);
    const H = entropy(shares);
    spread.textContent = `entropy ${show(H)} nats: as if ${show(Math.exp(H), 1)} of ${books.length} books were read`;
    say(`Read most: ${best.map((j) => `${books[j].name}, ${show(shares[j])}`).join(" and ")}. ` +
      `The output is ${show(out[0], 1)} maps and ${show(out[1], 1)} recipes.`);
  }

  const say = announcer(spoken);

  heat.addEventListener("input", () => {
    touch("temperature");
    change("temperature", 10 ** Number(heat.value));
  });
  heat.addEventListener("change", () => model.save_changes());
  reset.addEventListener("click", () => {
    touched = null;
    delete root.dataset.touched;
    for (const [name, value] of Object.entries(start)) model.set(name, value);
    model.save_changes();
    draw();
  });
  return live(model, el, root, ["query", "books", "temperature"], draw);
}

export default { render };
