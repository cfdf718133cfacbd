// A softmax in one pass. The mathematics is in the exported functions; the rest draws.

/** One more tile: the twin of attn.flash.read_tile, for one query and values of one number. Without
 *  `rescale`, what was summed before keeps its old size. */
export function readTile(known, scores, values, rescale = true) {
  const m = Math.max(known.m, ...scores);
  const correction = rescale ? Math.exp(known.m - m) : 1; // exp(-∞) is 0, and nothing was summed
  const powers = scores.map((s) => Math.exp(s - m));
  return {
    m,
    correction,
    l: known.l * correction + powers.reduce((sum, p) => sum + p, 0),
    o: known.o * correction + powers.reduce((sum, p, j) => sum + p * values[j], 0),
  };
}

/** What is known after each of the first `seen` tiles. */
export function pass(scores, values, tile, seen, rescale = true) {
  const states = [];
  let known = { m: -Infinity, l: 0, o: 0 };
  for (let t = 0; t < seen && t * tile < scores.length; t++) {
    const [from, to] = [t * tile, (t + 1) * tile];
    known = readTile(known, scores.slice(from, to), values.slice(from, to), rescale);
    states.push(known);
  }
  return states;
}

/** The whole row at once: Σ softmax(s)_j v_j. */
export function atOnce(scores, values) {
  return dot(softmax(scores), values);
}

/** How much each key that was read counts now: exp(s - m), times whatever was not corrected. */
export function counted(scores, tile, states, rescale = true) {
  return scores.slice(0, tile * states.length).map((s, j) => {
    const then = states[Math.floor(j / tile)].m;
    return Math.exp(s - (rescale ? states.at(-1).m : then));
  });
}

const show = (x, digits = 2) => x.toFixed(digits).replace("-", "−");
const GAP = 80;
const LEFT = 56;
const x = (j) => LEFT + GAP * (j + 0.5);
const y = (s) => 130 - 25 * s; // scores from −4 to 4: 230 to 30
const BASE = 400; // where the bars stand
const TALL = 110; // a power of 1
const STEP = 0.25;
const clamp = (s) => Math.round(Math.min(4, Math.max(-4, s)) / STEP) * STEP;
const set = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
};

function render({ model, el }) {
  const T = model.get("scores").length;
  const right = LEFT + GAP * T;
  const names = ["scores", "tile", "seen", "rescale"];
  const start = names.map((name) => [name, model.get(name)]);
  const text = (attributes, words = "") => make("svg:text", attributes, words);
  const each = (build) => [...Array(T).keys()].map(build);

  const svg = make("svg:svg", { viewBox: `0 0 ${right + 24} 486`, role: "group", "aria-label": "Scores, tiles, and how much each key counts" });
  const panes = each(() => make("svg:rect", { class: "tile", y: 2, height: BASE + 4, rx: 6 }));
  const largest = make("svg:path", { class: "largest" });
  const label = text({ class: "note" }, "m");
  const stems = each((j) => make("svg:line", { class: "stem", x1: x(j), x2: x(j), y1: y(0) }));
  const dots = each((j) => make("svg:g", {}, make("svg:circle", { class: "grip", r: 26 }), make("svg:circle", { class: "dot", r: 9 })));
  const said = each((j) => text({ x: x(j), "text-anchor": "middle", class: "number" }));
  const ghosts = each((j) => make("svg:rect", { class: "ghost", x: x(j) - 20, width: 40, rx: 3 }));
  const bars = each((j) => make("svg:rect", { class: "bar", x: x(j) - 20, width: 40, rx: 3 }));
  const powers = each((j) => text({ x: x(j), "text-anchor": "middle", class: "number" }));
  const values = each((j) => text({ x: x(j), y: BASE + 24, "text-anchor": "middle", class: "value" }, show(model.get("values")[j], 0)));
  const head = make("svg:g", {}, make("svg:rect", { class: "grip", x: -22, y: -30, width: 44, height: 56, rx: 8 }), make("svg:path", { class: "head", d: "M0-22L12 0H-12Z" }));
  svg.append(...panes, make("svg:path", { class: "faint", d: `M${LEFT} ${y(0)}H${right}M${LEFT} ${BASE}H${right}` }),
    text({ x: 4, y: y(0) + 5, class: "note" }, "score"), text({ x: 4, y: BASE - 4, class: "note" }, "power"),
    text({ x: 4, y: BASE + 24, class: "note" }, "value"), largest, label, ...stems, ...ghosts, ...bars, ...powers, ...values, ...said, ...dots, head);

  const widths = [1, 2, 4, 8].map((n) => {
    const input = make("input", { type: "radio", name: `tile-${Math.random().toString(36).slice(2)}`, value: n });
    return make("label", { class: "attn-pill" }, input, `${n}`);
  });
  const radios = widths.map((pill) => pill.firstChild);
  for (const radio of radios) radio.name = radios[0].name;
  const forget = make("input", { type: "checkbox" });
  const reset = make("button", { type: "button" }, "Reset");
  const formula = make("div", { class: "attn-sums" });
  const table = make("table", { class: "attn-table" });
  const spoken = make("p", { class: "attn-spoken", "aria-live": "polite" });
  const root = frame(make("div", { class: "attn-online" }), svg,
    make("div", { class: "attn-row" },
      make("fieldset", {}, make("legend", {}, "keys in a tile"), ...widths),
      make("label", { class: "attn-pill" }, forget, "forget to rescale"), reset),
    formula, make("details", {}, make("summary", {}, "All the numbers"), make("div", { class: "attn-scroll" }, table)), spoken);

  function change(name, value) {
    model.set(name, value);
    draw();
  }
  const tiles = () => Math.ceil(T / model.get("tile"));
  const read = (n) => change("seen", Math.min(tiles(), Math.max(0, n)));

  slider(svg, head, {
    label: "tiles that were read",
    drag: (point) => read(Math.round((point.x - LEFT) / GAP / model.get("tile"))),
    press(key) {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[key];
      if (step) read(model.get("seen") + step);
      if (key === "Home") read(0);
      if (key === "End") read(tiles());
      return Boolean(step) || key === "Home" || key === "End";
    },
  });
  dots.forEach((node, j) => {
    const put = (s) => change("scores", model.get("scores").map((old, i) => (i === j ? clamp(s) : old)));
    slider(svg, node, {
      label: `score of key ${j + 1}`,
      drag: (point) => put((130 - point.y) / 25),
      press(key, event) {
        const step = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[key];
        if (step) put(model.get("scores")[j] + step * STEP * (event.shiftKey ? 4 : 1));
        return Boolean(step);
      },
    });
    set(node, { "aria-valuemin": -4, "aria-valuemax": 4 });
  });
  for (const node of [head, ...dots]) {
    // A finger on a handle drags it; beside it, the page scrolls.
    node.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    node.addEventListener("lostpointercapture", () => model.save_changes());
    node.addEventListener("keyup", () => model.save_changes());
  }
  for (const radio of radios)
    radio.addEventListener("change", () => {
      // As many keys as were read before, as far as whole tiles go.
      const keys = model.get("seen") * model.get("tile");
      model.set("tile", Number(radio.value));
      read(Math.ceil(keys / radio.value));
      model.save_changes();
    });
  forget.addEventListener("change", () => {
    change("rescale", !forget.checked);
    model.save_changes();
  });

  function draw() {
    const [scores, tile, seen, rescale] = names.map((name) => model.get(name));
    const worth = model.get("values");
    const states = pass(scores, worth, tile, seen, rescale);
    const now = states.at(-1);
    const past = states.at(-2);
    const count = now ? counted(scores, tile, states, rescale) : [];
    const before = past ? counted(scores, tile, states.slice(0, -1), rescale) : [];
    panes.forEach((pane, t) => {
      pane.style.display = t < tiles() ? "" : "none";
      set(pane, { x: LEFT + GAP * tile * t + 2, width: Math.max(0, GAP * Math.min(tile, T - tile * t) - 4), class: `tile ${t < seen - 1 ? "read" : t === seen - 1 ? "current" : ""}` });
    });
    // The running maximum is a stair: it never goes down.
    largest.setAttribute("d", states.map((s, t) => `${t ? "L" : "M"}${LEFT + GAP * tile * t} ${y(s.m)}H${LEFT + GAP * Math.min(T, tile * (t + 1))}`).join(""));
    set(label, { x: LEFT + GAP * Math.min(T, tile * seen) + 5, y: now ? y(now.m) + 5 : -20 });
    scores.forEach((s, j) => {
      const known = j < count.length;
      set(dots[j], { transform: `translate(${x(j)} ${y(s)})`, "aria-valuenow": s, "aria-valuetext": show(s) });
      set(stems[j], { y2: y(s) });
      set(said[j], { y: y(s) + (s < 0 ? 28 : -15) });
      said[j].textContent = show(s);
      const tall = (p) => Math.min(TALL * p, 1.25 * TALL);
      set(bars[j], { y: BASE - (known ? tall(count[j]) : 0), height: known ? tall(count[j]) : 0 });
      const was = j < before.length ? before[j] : 0;
      set(ghosts[j], { y: BASE - tall(was), height: tall(was) });
      set(powers[j], { y: BASE - Math.max(known ? tall(count[j]) : 0, tall(was)) - 7 });
      powers[j].textContent = known ? show(count[j]).replace(/^0/, "") : "";
      for (const node of [said[j], values[j], stems[j]]) node.style.opacity = known ? 1 : 0.6;
    });
    set(head, { transform: `translate(${LEFT + GAP * Math.min(T, tile * seen)} ${BASE + 56})`, "aria-valuemin": 0, "aria-valuemax": tiles(), "aria-valuenow": seen, "aria-valuetext": `${seen} of ${tiles()} tiles, ${Math.min(T, seen * tile)} keys` });
    for (const radio of radios) radio.checked = Number(radio.value) === tile;
    forget.checked = !rescale;
    write({ scores, worth, tile, seen, rescale, states, now, past, count });
  }

  function write({ scores, worth, tile, seen, rescale, states, now, past, count }) {
    const whole = atOnce(scores, worth);
    const weight = (words) => `<span class="attn-weight">${words}</span>`;
    const output = (words) => `<b class="attn-output">${words}</b>`;
    const done = seen >= tiles();
    if (!now) {
      formula.innerHTML = "<p>Nothing is read yet: m = −∞, l = 0, o = 0. Pull the triangle to the right.</p>";
    } else {
      const last = scores.slice(tile * (seen - 1), tile * seen);
      const old = past ?? { m: -Infinity, l: 0, o: 0 };
      const factor = past ? `e<sup>${show(old.m)} − ${show(now.m)}</sup> = ` : "";
      const gained = count.slice(-last.length).reduce((sum, p) => sum + p, 0);
      const gain = count.slice(-last.length).reduce((sum, p, j) => sum + p * worth[tile * (seen - 1) + j], 0);
      formula.innerHTML =
        `<p>m = max(${past ? show(old.m) : "−∞"}, ${last.map((s) => show(s)).join(", ")}) = <b>${show(now.m)}</b>; ` +
        `correction ${rescale ? `${factor}<b>${show(past ? now.correction : 0)}</b>` : "<b>forgotten</b>"}</p>` +
        `<p>l = ${show(old.l)} × ${show(past ? now.correction : 0)} + ${weight(show(gained))} = <b>${show(now.l)}</b></p>` +
        `<p>o = ${show(old.o)} × ${show(past ? now.correction : 0)} + ${show(gain)} = <b>${show(now.o)}</b></p>` +
        `<p>output ${done ? "" : "so far "}= o / l = ${output(show(now.o / now.l))}; the whole row at once gives ${output(show(whole))}</p>`;
    }
    const header = ["tile", "m", "correction", "l", "o", "o / l"].map((t) => make("th", { scope: "col" }, t));
    const rows = states.map((s, t) => make("tr", {}, make("th", { scope: "row" }, `${t + 1}`),
      ...[s.m, t ? s.correction : 0, s.l, s.o, s.o / s.l].map((n) => make("td", {}, show(n, 3)))));
    table.replaceChildren(make("thead", {}, make("tr", {}, ...header)), make("tbody", {}, ...rows));
    const right = now && Math.abs(now.o / now.l - whole) < 5e-3;
    say(now ? `${Math.min(T, seen * tile)} of ${T} keys read. Largest score ${show(now.m)}, sum ${show(now.l)}, output ${show(now.o / now.l)}` +
      `${done ? (right ? ", as the whole row at once." : `; the whole row at once gives ${show(whole)}.`) : " so far."}` : "Nothing is read yet.");
  }

  const say = announcer(spoken);

  resets(reset, model, start, draw);
  return live(model, el, root, names, draw);
}

export default { render };
