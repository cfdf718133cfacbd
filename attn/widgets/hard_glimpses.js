// A grid of digits that is looked at once at a time. The mathematics is in the exported functions.

/** The place that a uniform number in [0, 1) draws: place i with probability alpha[i]. */
export function draw(alpha, uniform) {
  let left = uniform;
  for (let i = 0; i < alpha.length; i++) {
    left -= alpha[i];
    if (left < 0) return i;
  }
  return alpha.length - 1;
}

/** (r - b) ∂log α_s/∂e, for scores: what one glimpse says. The twin of equations.hard.estimate. */
export function estimate(scores, s, reward, b) {
  return softmax(scores).map((a, i) => (reward - b) * ((i === s ? 1 : 0) - a));
}

/** Σ α r */
export function expected(scores, rewards) {
  return dot(softmax(scores), rewards);
}

/** α (r - Σ α r): the twin of attn.hard.expected_reward_gradient. */
export function exact(scores, rewards) {
  const b = expected(scores, rewards);
  return softmax(scores).map((a, i) => a * (rewards[i] - b));
}

/** The mean of the estimates of glimpses that were drawn so often at each place. */
export function meanEstimate(scores, rewards, counts, b) {
  const n = counts.reduce((sum, c) => sum + c, 0);
  const mean = scores.map(() => 0);
  counts.forEach((count, s) => {
    if (count) estimate(scores, s, rewards[s], b).forEach((x, i) => (mean[i] += (count / n) * x));
  });
  return mean;
}

const show = (x, digits = 2) => x.toFixed(digits).replace("-", "−");
const signed = (x) => (x > 0 ? "+" : "") + show(x, 3);
const share = (x) => show(x).replace(/^0\./, ".");
const size = (x) => Math.sqrt(dot(x, x));
const CELL = 100;
const INK = 11; // a pixel of a digit
const ROW = 33;
const MIDDLE = 238; // where the bars stand
const REACH = 128;

function picture(grid) {
  const cells = grid.map((_, i) => {
    const x = (i % 3) * CELL + 6;
    const y = Math.floor(i / 3) * CELL + 6;
    const ink = make("svg:g", { "aria-hidden": "true" });
    const frame = make("svg:rect", { class: "cell", x, y, width: 88, height: 88, rx: 4 });
    const ring = make("svg:rect", { class: "ring", x: x - 3, y: y - 3, width: 94, height: 94, rx: 6 });
    const tag = make("svg:text", { class: "tag", x: x + 5, y: y + 17 }, `${i + 1}`);
    return { node: make("svg:g", { role: "button" }, frame, ink, tag, ring), ink, frame, ring, x, y };
  });
  const svg = make("svg:svg", { viewBox: "0 0 300 300", class: "grid", role: "group", "aria-label": "Nine digits, three by three" });
  svg.append(...cells.map(({ node }) => node));
  return { svg, cells };
}

function paint(cell, image) {
  cell.ink.replaceChildren();
  image.forEach((value, k) => {
    if (value)
      cell.ink.append(make("svg:rect", { x: cell.x + INK * (k % 8), y: cell.y + INK * Math.floor(k / 8), width: INK + 0.3, height: INK + 0.3, "fill-opacity": value / 16 }));
  });
}

function chart() {
  const svg = make("svg:svg", { viewBox: "0 0 380 340", class: "pushes", "aria-hidden": "true" });
  const add = (tag, attributes, ...children) => svg.appendChild(make(`svg:${tag}`, attributes, ...children));
  add("text", { x: 8, y: 16 }, "cell");
  add("text", { x: 98, y: 16, "text-anchor": "end", class: "weight" }, "weight");
  add("text", { x: MIDDLE, y: 16, "text-anchor": "middle" }, "push on its score");
  add("path", { class: "axis", d: `M${MIDDLE} 26V${26 + 9 * ROW}` });
  const rows = [...Array(9).keys()].map((i) => {
    const y = 26 + ROW * i;
    const line = add("rect", { class: "row", x: 0, y: y + 1, width: 380, height: ROW - 2, rx: 4 });
    add("text", { x: 20, y: y + 22, "text-anchor": "middle" }, `${i + 1}`);
    return {
      line,
      weight: add("text", { x: 98, y: y + 22, "text-anchor": "end", class: "weight" }),
      bar: add("rect", { class: "bar", y: y + 8, height: ROW - 16 }),
      truth: add("rect", { class: "truth", y: y + 4, height: ROW - 8 }),
    };
  });
  const scale = add("text", { x: MIDDLE, y: 338, "text-anchor": "middle", class: "scale" });
  return { svg, rows, scale };
}

function render({ model, el }) {
  const [grids, moments, shown] = ["grids", "moments", "shown"].map((name) => model.get(name));
  const start = ["at", "which", "counts", "last", "baseline"].map((name) => [name, model.get(name)]);
  const { svg, cells } = picture(grids[0].images);
  const { svg: bars, rows, scale } = chart();
  let peeked = -1; // a cell that somebody wants to know about, without looking
  let focused = 0;

  const button = (text) => make("button", { type: "button" }, text);
  const [once, often, another, reset] = ["Look once", "Look 100 times", "Another grid", "Reset"].map(button);
  const subtract = make("input", { type: "checkbox" });
  const time = make("input", { type: "range", min: 0, max: moments.length - 1, step: 1, "aria-label": "Steps of training" });
  const steps = make("output", {});
  const sentence = make("div", { class: "attn-sums", "aria-live": "polite" });
  const table = make("table", { class: "attn-table" });
  const root = frame(
    make("div", { class: "attn-hard" }),
    make("div", { class: "attn-hard-pictures" }, svg, bars),
    make("div", { class: "attn-hard-row" }, once, often, make("label", { class: "attn-pill" }, subtract, "subtract the expected reward")),
    make("div", { class: "attn-hard-row" }, make("label", { class: "attn-hard-time" }, "training: ", time, " ", steps), another, reset),
    sentence,
    make("details", {}, make("summary", {}, "All the numbers"), make("div", { class: "attn-scroll" }, table)),
  );

  const now = () => ({ grid: grids[model.get("which")], ...shown[model.get("at")][model.get("which")] });
  const none = () => Array(9).fill(0);
  function change(changes) {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
    paintAll();
  }
  function look(times) {
    const alpha = softmax(now().scores);
    const counts = [...model.get("counts")];
    let last = -1;
    for (let k = 0; k < times; k++) counts[(last = draw(alpha, Math.random()))] += 1;
    peeked = -1;
    change({ counts, last });
  }
  once.addEventListener("click", () => look(1));
  often.addEventListener("click", () => look(100));
  // What was seen stays: the same glimpses are read with another baseline.
  subtract.addEventListener("change", () => change({ baseline: subtract.checked }));
  time.addEventListener("input", () => change({ at: Number(time.value), counts: none(), last: -1 }));
  another.addEventListener("click", () => {
    peeked = -1;
    change({ which: (model.get("which") + 1) % grids.length, counts: none(), last: -1 });
  });
  reset.addEventListener("click", () => {
    peeked = -1;
    change(Object.fromEntries(start));
  });
  cells.forEach(({ node }, i) => {
    const peek = () => {
      focused = i;
      peeked = i;
      paintAll();
    };
    node.addEventListener("click", () => {
      peek();
      node.focus();
    });
    node.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 3, ArrowUp: -3 }[event.key];
      if (step !== undefined) {
        focused = Math.max(0, Math.min(8, i + step));
        paintAll();
        cells[focused].node.focus();
      } else if (event.key === "Enter" || event.key === " ") peek();
      else return;
      event.preventDefault();
    });
    node.dataset.lmSuppressShortcuts = "true";
  });

  function paintAll() {
    const { grid, scores, rewards } = now();
    const [counts, last, baseline] = ["counts", "last", "baseline"].map((name) => model.get(name));
    const alpha = softmax(scores);
    const b = baseline ? expected(scores, rewards) : 0;
    const n = counts.reduce((sum, c) => sum + c, 0);
    const truth = exact(scores, rewards);
    const mean = meanEstimate(scores, rewards, counts, b);
    const most = Math.max(...truth.map(Math.abs), ...mean.map(Math.abs), 1e-9);
    const wide = (x) => (Math.abs(x) / most) * REACH;
    const from = (x) => (x < 0 ? MIDDLE - wide(x) : MIDDLE);
    const chosen = peeked >= 0 ? peeked : last;
    cells.forEach((cell, i) => {
      if (cell.image !== grid.images[i]) paint(cell, (cell.image = grid.images[i]));
      cell.node.setAttribute("tabindex", i === focused ? 0 : -1);
      cell.node.setAttribute("class", [i === grid.asked ? "asked" : "", i === chosen ? (peeked >= 0 ? "peeked" : "seen") : ""].join(" "));
      cell.node.setAttribute("aria-label", `cell ${i + 1}, a ${grid.labels[i]}${i === grid.asked ? ", asked for" : ""}, weight ${share(alpha[i])}`);
      const row = rows[i];
      row.line.setAttribute("class", `row ${i === chosen ? "chosen" : ""} ${i === grid.asked ? "asked" : ""}`);
      row.weight.textContent = share(alpha[i]);
      for (const [bar, x] of [[row.bar, mean[i]], [row.truth, truth[i]]]) {
        bar.setAttribute("x", from(x));
        bar.setAttribute("width", Math.max(wide(x), bar === row.truth ? 1.5 : 0));
      }
    });
    scale.textContent = `the longest bar is ${show(most, most < 0.01 ? 4 : 3)}`;
    time.value = model.get("at");
    time.setAttribute("aria-valuetext", `${moments[model.get("at")]} steps`);
    steps.textContent = `${moments[model.get("at")]} steps`;
    subtract.checked = baseline;
    const label = grid.labels[grid.asked];
    const asked = `Asked: which digit is in cell ${grid.asked + 1}? (It is a ${label}.)`;
    const lines = [asked];
    if (chosen >= 0) {
      const gain = rewards[chosen] - b;
      const own = estimate(scores, chosen, rewards[chosen], b)[chosen];
      lines.push(
        `${peeked >= 0 ? "A glimpse at" : "The last glimpse:"} cell ${chosen + 1}, probability ${share(alpha[chosen])}${peeked >= 0 ? ", would bring the" : ". Its"} reward ` +
          `log p(${label}) = ${show(rewards[chosen])}${baseline ? `, less the expected ${show(b)} is ${signed(gain)}` : ""}` +
          `: ${peeked >= 0 ? "it would push" : "it pushed"} cell ${chosen + 1} by ${signed(own)}.`,
      );
    }
    const off = size(mean.map((x, i) => x - truth[i])) / Math.max(size(truth), 1e-12);
    lines.push(
      n
        ? `Mean push of ${n} ${n === 1 ? "glimpse" : "glimpses"} (bars): off by ${off < 10 ? show(off) : Math.round(off)} times the size of the true gradient (outlines).`
        : "The outlines are the true gradient, with all nine cells tried. No glimpse has been drawn yet.",
    );
    // Only what is new, so that a screen reader is told once.
    lines.forEach((line, k) => {
      const place = sentence.children[k] ?? sentence.appendChild(make("p"));
      if (place.textContent !== line) place.textContent = line;
    });
    while (sentence.children.length > lines.length) sentence.lastChild.remove();
    const head = ["cell", "digit", "weight", "reward", "glimpses", "mean push", "true push"];
    table.replaceChildren(
      make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))),
      make("tbody", {}, ...cells.map((_, i) =>
        make("tr", {}, make("th", { scope: "row" }, `${i + 1}${i === grid.asked ? " (asked)" : ""}`),
          ...[grid.labels[i], share(alpha[i]), show(rewards[i]), counts[i], n ? signed(mean[i]) : "–", signed(truth[i])].map((x) => make("td", {}, `${x}`))))),
    );
  }

  return live(model, el, root, ["at", "which", "counts", "last", "baseline"], paintAll);
}

export default { render };
