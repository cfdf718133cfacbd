// Scores of random vectors. The mathematics is in the exported functions; the rest draws.

const QUERIES = 24;
const KEYS = 32;
const WIDEST = 512;

/** n unit normals, always the same for a seed: mulberry32, and Box and Muller's pairs. */
export function normals(seed, n) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
  const drawn = [];
  while (drawn.length < n) {
    const r = Math.sqrt(-2 * Math.log(uniform()));
    const turn = 2 * Math.PI * uniform();
    drawn.push(r * Math.cos(turn), r * Math.sin(turn));
  }
  return drawn.slice(0, n);
}

/** `rows` random vectors of the greatest width. */
export function vectors(seed, rows) {
  const all = normals(seed, rows * WIDEST);
  return Array.from({ length: rows }, (_, i) => all.slice(i * WIDEST, (i + 1) * WIDEST));
}

/** q · k over the first d numbers: the twin of attn.dot_product.dot_product_scores. */
export function products(Q, K, d) {
  return Q.map((q) => K.map((k) => dot(q.slice(0, d), k)));
}

/** One query's weights: the twin of attn.dot_product.dot_product_weights at temperature d^p. */
export function weights(row, d, p) {
  return softmax(row.map((s) => s / d ** p));
}

/** 1 - Σ w²: the trace of attn.softmax.softmax_jacobian, from 0 to 1 - 1/n. */
export function gradient(shares) {
  return 1 - dot(shares, shares);
}

/** Over all queries: the scores' standard deviation, the mean largest weight and gradient. */
export function overall(table, d, p) {
  const all = table.flat().map((s) => s / d ** p);
  const mean = (xs) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const rows = table.map((row) => weights(row, d, p));
  return {
    spread: Math.sqrt(mean(all.map((s) => (s - mean(all)) ** 2))),
    largest: mean(rows.map((row) => Math.max(...row))),
    gradient: mean(rows.map(gradient)),
  };
}

const FAR = 80; // the histogram reaches from -FAR to FAR
const BINS = 81;

/** How many scores lie in each of the histogram's bins; what lies beyond counts at its edge. */
export function bins(scores) {
  const counts = Array(BINS).fill(0);
  for (const s of scores) {
    const place = Math.floor(((s + FAR) / (2 * FAR)) * BINS);
    counts[Math.min(BINS - 1, Math.max(0, place))] += 1;
  }
  return counts;
}

/** A weight in four digits; what is smaller is said to be. */
const small = (x) => (x > 0 && x < 0.00005 ? "< 0.0001" : `= ${show(x, 4)}`);
const show = (x, digits = 2) => x.toFixed(digits).replace("-", "−");
const FLOOR = 178; // where both pictures stand
const TALL = 140;
const across = (s) => 170 + (150 * Math.max(-FAR, Math.min(FAR, s))) / FAR;
const set = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
};
const words = (text, attributes) => make("svg:text", attributes, text);

/** The histogram of all scores, with one query's scores as ticks below it. */
function scorePicture() {
  const svg = make("svg:svg", { viewBox: "0 0 340 218", role: "img" });
  const wide = 300 / BINS;
  const columns = Array.from({ length: BINS }, (_, i) => make("svg:rect", { class: "bin", x: 20 + i * wide, width: wide + 0.2 }));
  const ticks = Array.from({ length: KEYS }, () => make("svg:line", { class: "tick", y1: FLOOR + 3, y2: FLOOR + 15 }));
  const spread = make("svg:path", { class: "spread", fill: "none" });
  const label = words("", { y: 14, "text-anchor": "middle", x: 170 });
  svg.append(...columns, make("svg:path", { class: "faint", d: `M20 ${FLOOR}H320` }), ...ticks, spread, label,
    ...[-80, -40, 0, 40, 80].map((s) => words(show(s, 0), { x: across(s), y: FLOOR + 34, "text-anchor": "middle", opacity: 0.8 })));

  function draw({ all, row, key, whole }) {
    const counts = bins(all);
    const top = Math.max(...counts);
    columns.forEach((column, i) => set(column, { y: FLOOR - (TALL * counts[i]) / top, height: (TALL * counts[i]) / top }));
    ticks.forEach((tick, j) => {
      set(tick, { x1: across(row[j]), x2: across(row[j]) });
      tick.toggleAttribute("data-shown", j === key);
    });
    const [left, right] = [across(-whole.spread), across(whole.spread)];
    spread.setAttribute("d", `M${left} 22V32M${left} 27H${right}M${right} 22V32`);
    label.textContent = `standard deviation ${show(whole.spread)}`;
    svg.setAttribute("aria-label", `Histogram of all scores: standard deviation ${show(whole.spread)}`);
  }
  return { svg, draw };
}

/** One query's weights as bars; a finger or the arrow keys choose the key whose numbers show. */
function weightPicture(choose) {
  const svg = make("svg:svg", { viewBox: "0 0 340 218", role: "group", "aria-label": "The weights of one query" });
  const step = 300 / KEYS;
  const bars = Array.from({ length: KEYS }, (_, j) => make("svg:rect", { class: "bar", x: 20 + j * step + 1, width: step - 2 }));
  const even = FLOOR - TALL / KEYS;
  const pointer = make("svg:path", { class: "pointer", d: "M0 4L7 16H-7Z" });
  const ground = make("svg:rect", { class: "grip", x: 12, y: FLOOR - TALL - 8, width: 316, height: TALL + 30, rx: 6 });
  const touch = make("svg:g", {}, ground, pointer);
  svg.append(make("svg:path", { class: "faint", d: `M20 ${FLOOR}H320M20 ${FLOOR - TALL}H26` }), words("1", { x: 8, y: FLOOR - TALL + 5 }),
    ...bars, make("svg:path", { class: "even", d: `M20 ${even}H320` }), words("all alike: 1/32", { x: 320, y: even - 6, "text-anchor": "end", opacity: 0.8, class: "name" }),
    words("32 keys", { x: 170, y: FLOOR + 34, "text-anchor": "middle", opacity: 0.8 }), touch);
  const keep = (j) => Math.max(0, Math.min(KEYS - 1, j));
  const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
  slider(svg, touch, {
    label: "key",
    drag: (point) => choose(keep(Math.floor((point.x - 20) / step))),
    press(pressed, event) {
      if (pressed === "Home" || pressed === "End") choose(pressed === "Home" ? 0 : KEYS - 1);
      else if (moves[pressed]) choose((now) => keep(now + moves[pressed] * (event.shiftKey ? 4 : 1)));
      else return false;
      return true;
    },
  });

  function draw({ shares, key }) {
    bars.forEach((bar, j) => set(bar, { y: FLOOR - TALL * shares[j], height: TALL * shares[j] }));
    pointer.setAttribute("transform", `translate(${20 + (key + 0.5) * step} ${FLOOR})`);
    set(touch, { "aria-valuemin": 1, "aria-valuemax": KEYS, "aria-valuenow": key + 1, "aria-valuetext": `key ${key + 1}, weight ${show(shares[key], 3)}` });
  }
  return { svg, draw };
}

/** What the scores are divided by, in words. */
const divisor = (d, p) => (p === 0 ? "1" : p === 0.5 ? `√${d}` : p === 1 ? `${d}` : `${d}<sup>${show(p)}</sup>`);

/** The same for this query and for the mean of all: what the pictures show, for everyone. */
function numberTable() {
  const cells = [0, 1].map(() => [0, 1, 2].map(() => make("td")));
  const head = ["deviation of the scores", "largest weight", "gradient 1 − Σw²"].map((text) => make("th", { scope: "col" }, text));
  const rows = ["this query", `mean of ${QUERIES}`].map((name, i) => make("tr", {}, make("th", { scope: "row" }, name), ...cells[i]));
  const node = make("table", { class: "attn-table" }, make("thead", {}, make("tr", {}, make("td"), ...head)), make("tbody", {}, ...rows));
  function draw(...both) {
    both.forEach(({ spread, largest, gradient: g }, i) => [spread, largest, g].forEach((x, c) => (cells[i][c].textContent = show(x, c ? 3 : 2))));
  }
  return { node, draw };
}

function render({ model, el }) {
  const [Q, K] = [vectors(1, QUERIES), vectors(2, KEYS)];
  const start = Object.fromEntries(["d", "p", "query", "key"].map((name) => [name, model.get(name)]));
  let cut = { d: 0, table: [] };
  const table = (d) => (cut.d === d ? cut : (cut = { d, table: products(Q, K, d) })).table;
  const change = (name, value) => {
    model.set(name, value);
    draw();
  };

  const scoresOf = scorePicture();
  const weightsOf = weightPicture((key) => change("key", typeof key === "function" ? key(model.get("key")) : key));
  const width = make("input", { type: "range", min: 0, max: 9, step: 1 });
  const power = make("input", { type: "range", min: 0, max: 1, step: 0.05 });
  const widthName = make("span");
  const powerName = make("span");
  const choices = [["q·k", 0], ["q·k ∕ √d", 0.5], ["q·k ∕ d", 1]].map(([text, p]) => {
    const button = make("button", { type: "button" }, text);
    button.addEventListener("click", () => change("p", p));
    return { button, p };
  });
  const another = make("button", { type: "button" }, "Another query");
  const reset = make("button", { type: "button" }, "Reset");
  const sums = make("div", { class: "attn-sums" });
  const numbers = numberTable();
  const spoken = make("p", { class: "attn-spoken", "aria-live": "polite" });
  const figure = (svg, text) => make("figure", {}, make("figcaption", {}, text), svg);
  const root = frame(make("div", { class: "attn-saturation" }),
    make("div", { class: "attn-planes" }, figure(scoresOf.svg, "all scores; below, this query's"), figure(weightsOf.svg, "this query's weights")),
    make("div", { class: "attn-dials" }, make("label", {}, widthName, width), make("label", {}, powerName, power)),
    make("div", { class: "attn-row" }, make("fieldset", { "aria-label": "Divisor" }, ...choices.map((c) => c.button)), make("div", {}, another, " ", reset)),
    sums, numbers.node, spoken);

  function draw() {
    const [d, p, query, key] = ["d", "p", "query", "key"].map((name) => model.get(name));
    const all = table(d);
    const row = all[query].map((s) => s / d ** p);
    const shares = softmax(row);
    const whole = overall(all, d, p);
    const own = overall([all[query]], d, p);
    scoresOf.draw({ all: all.flat().map((s) => s / d ** p), row, key, whole });
    weightsOf.draw({ shares, key });
    width.value = Math.log2(d);
    set(width, { "aria-valuetext": `width ${d}` });
    widthName.textContent = `width d = ${d}`;
    power.value = p;
    set(power, { "aria-valuetext": `divided by d to the power ${show(p)}` });
    powerName.innerHTML = `divisor d<sup>p</sup> with p = ${show(p)}: ${show(d ** p)}`;
    for (const choice of choices) choice.button.setAttribute("aria-pressed", String(choice.p === p));
    const w = shares[key];
    sums.innerHTML = `
      <p>score of key ${key + 1} = <span class="attn-query">q</span>·<span class="attn-key">k</span> ÷ ${divisor(d, p)} = ${show(all[query][key])} ÷ ${show(d ** p)} = ${show(row[key])}</p>
      <p>its weight w <b class="attn-weight">${small(w).replace("<", "&lt;")}</b>, and how that moves with its score: w(1 − w) ${small(w * (1 - w)).replace("<", "&lt;")}</p>`;
    numbers.draw(own, whole);
    say(`Width ${d}, divided by ${show(d ** p)}: the largest weight is ${show(own.largest)}, in the mean ${show(whole.largest)}; the gradient ${show(own.gradient)}.`);
  }

  const say = announcer(spoken);

  width.addEventListener("input", () => change("d", 2 ** Number(width.value)));
  power.addEventListener("input", () => change("p", Number(power.value)));
  for (const dial of [width, power]) dial.addEventListener("change", () => model.save_changes());
  another.addEventListener("click", () => change("query", (model.get("query") + 1) % QUERIES));
  resets(reset, model, Object.entries(start), draw);
  return live(model, el, root, ["d", "p", "query", "key"], draw);
}

export default { render };
