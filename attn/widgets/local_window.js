// A window on a line of words. The mathematics is in the exported functions; the rest draws.

/** The positions in [p - D, p + D], of T that count from 0: the twin of attn.local.window_mask. */
export function held(p, T, D) {
  return [...Array(T).keys()].filter((s) => p - D <= s && s <= p + D);
}

/** exp(-(s - p)² / 2σ²), σ = D/2: the twin of attn.local.gaussian. */
export function bell(s, p, D) {
  return Math.exp(-((s - p) ** 2) / (2 * (D / 2) ** 2));
}

/** The softmax over the window, times the Gaussian where it is wanted: the twin of
 *  attn.local.local_p_weights, and of local_m_weights without the Gaussian and with a whole p. */
export function weights(scores, p, D, gaussian) {
  const inside = held(p, scores.length, D);
  const shares = inside.length ? softmax(inside.map((s) => scores[s])) : [];
  const all = scores.map(() => 0);
  inside.forEach((s, k) => (all[s] = shares[k] * (gaussian ? bell(s, p, D) : 1)));
  return all;
}

const STEP = 0.1; // positions rest on tenths, so that the numbers shown are exact
const show = (x, digits = 2) => x.toFixed(digits).replace("-", "−");
const LEFT = 40;
const GAP = 75;
const BASE = 190; // where the bars stand
const TALL = 150; // a bar of weight 1
const x = (s) => LEFT + GAP * s;
const set = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
};

function render({ model, el }) {
  const words = model.get("words");
  const scores = model.get("scores");
  const T = words.length;
  const start = ["p", "D", "gaussian"].map((name) => [name, model.get(name)]);
  const clamp = (p) => Math.round(Math.min(T, Math.max(0, p)) / STEP) * STEP;

  const svg = make("svg:svg", { viewBox: `0 0 ${x(T - 1) + LEFT + 40} 262`, role: "group", "aria-label": "The words, the window and the weights" });
  const pane = make("svg:rect", { class: "window", y: 20, height: BASE - 20, rx: 6 });
  const curve = make("svg:path", { class: "bell" });
  const bars = words.map((_, s) => make("svg:rect", { class: "bar", x: x(s) - 16, width: 32, rx: 3 }));
  const ghosts = words.map((_, s) => make("svg:rect", { class: "ghost", x: x(s) - 16, width: 32, rx: 3 }));
  const numbers = words.map((_, s) => make("svg:text", { x: x(s), "text-anchor": "middle", class: "number" }));
  const labels = words.map((word, s) => make("svg:text", { x: x(s), y: BASE + 20, "text-anchor": "middle" }, word));
  const places = words.map((_, s) => make("svg:text", { x: x(s), y: BASE + 38, "text-anchor": "middle", class: "place" }, s));
  const handle = (path) => make("svg:g", {}, make("svg:rect", { class: "grip", x: -38, y: -38, width: 76, height: 76, rx: 8 }), path);
  const centre = handle(make("svg:path", { class: "centre", d: "M0-16L11 4H-11Z" }));
  const edge = handle(make("svg:path", { class: "edge", d: "M-5-12V12M5-12V12" }));
  svg.append(pane, make("svg:path", { class: "faint", d: `M${LEFT - 25} ${BASE}H${x(T - 1) + 35}` }), curve,
    ...ghosts, ...bars, ...numbers, ...labels, ...places, edge, centre);

  const gauss = make("input", { type: "checkbox" });
  const reset = make("button", { type: "button" }, "Reset");
  const formula = make("div", { class: "attn-sums" });
  const table = make("table", { class: "attn-table" });
  const spoken = make("p", { class: "attn-spoken", "aria-live": "polite" });
  const details = make("details", {}, make("summary", {}, "All the numbers"), table);
  const root = frame(make("div", { class: "attn-local" }), svg,
    make("div", { class: "attn-row" }, make("label", { class: "attn-pill" }, gauss, "Gaussian (local-p)"), reset),
    formula, details, spoken);

  function change(name, value) {
    model.set(name, value);
    draw();
  }
  const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
  slider(svg, centre, {
    label: "centre of the window, p",
    drag: (point) => change("p", clamp((point.x - LEFT) / GAP)),
    press(key, event) {
      if (!step[key]) return false;
      change("p", clamp(model.get("p") + step[key] * (event.shiftKey ? 1 : STEP)));
      return true;
    },
  });
  slider(svg, edge, {
    label: "reach of the window, D",
    drag: (point) => change("D", Math.min(4, Math.max(1, Math.round((point.x - LEFT) / GAP - model.get("p"))))),
    press(key) {
      if (!step[key]) return false;
      change("D", Math.min(4, Math.max(1, model.get("D") + step[key])));
      return true;
    },
  });
  set(centre, { "aria-valuemin": 0, "aria-valuemax": T });
  set(edge, { "aria-valuemin": 1, "aria-valuemax": 4 });
  for (const node of [centre, edge]) {
    // A finger on a handle drags it; beside it, the page scrolls.
    node.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    node.addEventListener("lostpointercapture", () => model.save_changes());
    node.addEventListener("keyup", () => model.save_changes());
  }
  gauss.addEventListener("change", () => {
    change("gaussian", gauss.checked);
    model.save_changes();
  });

  function draw() {
    const [p, D, gaussian] = ["p", "D", "gaussian"].map((name) => model.get(name));
    const inside = held(p, T, D);
    const flat = weights(scores, p, D, false);
    const now = weights(scores, p, D, gaussian);
    const total = now.reduce((sum, w) => sum + w, 0);
    const [low, high] = [Math.max(p - D, -0.5), Math.min(p + D, T - 0.5)];
    set(pane, { x: x(low), width: Math.max(0, x(high) - x(low)) });
    const points = [...Array(81).keys()].map((i) => p - D + (2 * D * i) / 80).filter((s) => s >= low && s <= high);
    curve.setAttribute("d", gaussian ? "M" + points.map((s) => `${x(s)} ${BASE - TALL * bell(s, p, D)}`).join("L") : "");
    words.forEach((_, s) => {
      set(bars[s], { y: BASE - TALL * now[s], height: TALL * now[s] });
      set(ghosts[s], { y: BASE - TALL * flat[s], height: TALL * flat[s] });
      ghosts[s].style.display = gaussian ? "" : "none";
      set(numbers[s], { y: BASE - TALL * (gaussian ? flat[s] : now[s]) - 6 });
      numbers[s].textContent = inside.includes(s) ? show(now[s]).replace(/^0/, "") : "";
      labels[s].style.opacity = places[s].style.opacity = inside.includes(s) ? 1 : 0.6;
    });
    set(centre, { transform: `translate(${x(p)} ${BASE + 62})`, "aria-valuenow": show(p, 1), "aria-valuetext": `position ${show(p, 1)}` });
    set(edge, { transform: `translate(${Math.min(x(p + D), x(T - 1) + 60)} 105)`, "aria-valuenow": D, "aria-valuetext": `${D} to each side` });
    gauss.checked = gaussian;
    const whole = Math.abs(p - Math.round(p)) < 1e-9;
    const cut = p - D < 0 || p + D > T - 1;
    formula.innerHTML = `<p>window [p − D, p + D] = [${show(p - D, 1)}, ${show(p + D, 1)}]: it holds <b>${inside.length}</b> ` +
      `positions (${cut ? "cut off at the sentence's end" : whole ? "p is whole, so 2D + 1" : "p is not whole, so 2D"})</p>` +
      `<p>the weights sum to <b class="attn-weight">${show(total)}</b>${gaussian ? ": the Gaussian takes, and nothing is shared out again" : ""}</p>`;
    table.replaceChildren(
      make("thead", {}, make("tr", {}, ...["word", "score", "in the window", "Gaussian", "weight"].map((t) => make("th", { scope: "col" }, t)))),
      make("tbody", {}, ...words.map((word, s) => make("tr", {}, make("th", { scope: "row" }, `${s} ${word}`),
        make("td", {}, show(scores[s], 1)), make("td", {}, inside.includes(s) ? show(flat[s], 3) : "–"),
        make("td", {}, gaussian && inside.includes(s) ? show(bell(s, p, D), 3) : "–"), make("td", {}, show(now[s], 3))))));
    const best = now.indexOf(Math.max(...now));
    say(inside.length ? `The window holds ${inside.map((s) => words[s]).join(", ")}. Most weight: ${words[best]}, ${show(now[best])}. Sum ${show(total)}.`
      : "The window holds no word, and nothing is read.");
  }

  const say = announcer(spoken);

  resets(reset, model, start, draw);
  return live(model, el, root, ["p", "D", "gaussian"], draw);
}

export default { render };
