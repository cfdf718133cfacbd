// Kernel regression under the hand: the query on the axis, the width on the bell's flank.

/** softmax of -(x - k)² / 2σ²: the twin of attn/equations/pooling.py. */
export function kernelWeights(x, keys, width) {
  return softmax(keys.map((k) => -((x - k) ** 2) / (2 * width ** 2)));
}

/** The values, averaged with the kernel's weights. */
export function kernelRegression(x, keys, values, width) {
  return dot(kernelWeights(x, keys, width), values);
}

/** The mean squared error on the readings themselves, when each may look at itself. */
export function ownError(keys, values, width) {
  const errors = keys.map((x, i) => (kernelRegression(x, keys, values, width) - values[i]) ** 2);
  return errors.reduce((sum, e) => sum + e, 0) / keys.length;
}

/** The same, each reading predicted from all the others: attn.pooling.leave_one_out_loss. */
export function leaveOneOut(keys, values, width) {
  const errors = keys.map((x, i) => {
    const others = (list) => list.filter((_, j) => j !== i);
    return (kernelRegression(x, others(keys), others(values), width) - values[i]) ** 2;
  });
  return errors.reduce((sum, e) => sum + e, 0) / keys.length;
}

/** 10.5 → "10:30" */
export function clock(hours) {
  const minutes = Math.round(hours * 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

const BOX = { left: 44, right: 704, top: 34, bottom: 366, width: 720, height: 442 };
const BELL = 70; // pixels from its foot to its top
const NARROWEST = 0.003;
const WIDEST = 5;
const HALO = 60; // radius of a halo that holds all the weight
const ARROWS = "M-9 0H9M-5-4L-9 0L-5 4M5-4L9 0L5 4";
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
const path = (points) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;

/** The drawing's fixed parts and its two scales: hours across, hundreds of lux upwards. */
function plot({ keys, values, truth, low, high }) {
  const top = Math.ceil(Math.max(...values, ...truth)) + 1;
  const across = (t) => BOX.left + ((t - low) / (high - low)) * (BOX.right - BOX.left);
  const up = (y) => BOX.bottom - (y / top) * (BOX.bottom - BOX.top);
  const back = (px) => low + ((px - BOX.left) / (BOX.right - BOX.left)) * (high - low);
  const grid = truth.map((_, i) => low + ((high - low) * i) / (truth.length - 1));
  const svg = make("svg:svg", { viewBox: `0 0 ${BOX.width} ${BOX.height}`, class: "attn-kernel" });
  svg.append(make("svg:path", { class: "axis", d: `M${BOX.left} ${BOX.top}V${BOX.bottom}H${BOX.right}` }));
  svg.append(make("svg:text", { x: BOX.left, y: 18 }, "brightness in hundreds of lux; dotted: the truth"));
  for (let y = 0; y <= top; y += 2)
    svg.append(make("svg:text", { x: BOX.left - 8, y: up(y) + 5, "text-anchor": "end" }, `${y}`));
  for (let t = Math.ceil(low / 3) * 3; t <= high; t += 3)
    svg.append(make("svg:text", { x: across(t), y: BOX.height - 4, "text-anchor": "middle" }, clock(t)));
  svg.append(make("svg:path", { class: "truth", d: path(grid.map((t, i) => [across(t), up(truth[i])])) }));
  const add = (tag, attributes) => svg.appendChild(make(`svg:${tag}`, attributes));
  const bell = add("path", { class: "bell" });
  const halos = keys.map((k, i) => add("circle", { class: "halo", cx: across(k), cy: up(values[i]) }));
  keys.forEach((k, i) => add("circle", { class: "reading", cx: across(k), cy: up(values[i]), r: 3.5 }));
  const asked = add("path", { class: "asked" });
  const curve = add("path", { class: "curve" });
  const estimate = add("circle", { class: "estimate", r: 8 });
  const query = add("g", { class: "query" });
  query.append(
    make("svg:rect", { class: "touch", x: -40, y: -4, width: 80, height: 64 }),
    make("svg:path", { class: "knob", d: "M0 0L18 14V38H-18V14Z" }),
    make("svg:path", { class: "arrows", d: ARROWS, transform: "translate(0 24)" }),
  );
  const width = add("g", { class: "width" });
  width.append(
    make("svg:circle", { class: "touch", r: 36 }),
    make("svg:circle", { class: "knob", r: 15 }),
    make("svg:path", { class: "arrows", d: ARROWS }),
  );
  return { svg, across, up, back, grid, bell, halos, asked, curve, estimate, query, width };
}

function render({ model, el }) {
  const [keys, values, truth, low, high] = ["times", "readings", "truth", "low", "high"].map((n) => model.get(n));
  const start = { query: model.get("query"), width: model.get("width") };
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
  const view = plot({ keys, values, truth, low, high });

  const ask = (t) => set({ query: clamp(t, low, high) });
  const widen = (w) => set({ width: clamp(w, NARROWEST, WIDEST) });
  slider(view.svg, view.query, {
    label: "Time asked about",
    drag: ({ x }) => ask(view.back(x)),
    press(key) {
      const step = { ArrowRight: 0.1, ArrowUp: 0.1, ArrowLeft: -0.1, ArrowDown: -0.1, PageUp: 1, PageDown: -1 }[key];
      if (step) ask(model.get("query") + step);
      if (key === "Home" || key === "End") ask(key === "Home" ? low : high);
      return Boolean(step) || key === "Home" || key === "End";
    },
  });
  slider(view.svg, view.width, {
    label: "Width of the bell, in hours",
    drag: ({ x }) => widen(Math.abs(view.back(x) - model.get("query"))),
    press(key) {
      const factor = { ArrowRight: 1.1, ArrowUp: 1.1, ArrowLeft: 1 / 1.1, ArrowDown: 1 / 1.1, PageUp: 2, PageDown: 0.5 }[key];
      if (factor) widen(model.get("width") * factor);
      if (key === "Home" || key === "End") widen(key === "Home" ? NARROWEST : WIDEST);
      return Boolean(factor) || key === "Home" || key === "End";
    },
  });

  const sum = make("p");
  const words = make("p", { "aria-live": "polite" });
  const reset = make("button", { type: "button" }, "Reset");
  reset.addEventListener("click", () => set(start));
  const body = make("tbody");
  const heads = ["time", "reading", "weight", "weight × reading"].map((t) => make("th", { scope: "col" }, t));
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body);
  frame(
    el,
    view.svg,
    make("div", { class: "attn-row" }, sum, reset),
    words,
    make("details", {}, make("summary", {}, "The numbers as a table"), make("div", { class: "attn-scroll" }, table)),
  );
  const cells = keys.map((k, i) => {
    const row = [values[i].toFixed(2), "", ""].map((text) => make("td", {}, text));
    body.append(make("tr", {}, make("th", { scope: "row" }, clock(k)), ...row));
    return row.slice(1);
  });

  function draw() {
    const x = model.get("query");
    const width = model.get("width");
    const weights = kernelWeights(x, keys, width);
    const y = dot(weights, values);
    const { across, up, grid } = view;
    const foot = BOX.bottom;
    const bell = grid.map((t) => [across(t), foot - BELL * Math.exp(-((t - x) ** 2) / (2 * width ** 2))]);
    const peak = [[across(x), foot - BELL]]; // a narrow bell would slip between the grid's points
    const left = bell.filter(([px]) => px < across(x));
    view.bell.setAttribute("d", `${path([...left, ...peak, ...bell.slice(left.length)])}V${foot}H${BOX.left}Z`);
    view.halos.forEach((halo, i) => halo.setAttribute("r", HALO * Math.sqrt(weights[i])));
    view.asked.setAttribute("d", `M${across(x)} ${foot}V${up(y)}`);
    view.curve.setAttribute("d", path(grid.map((t) => [across(t), up(kernelRegression(t, keys, values, width))])));
    view.estimate.setAttribute("cx", across(x));
    view.estimate.setAttribute("cy", up(y));
    view.query.setAttribute("transform", `translate(${across(x)} ${foot})`);
    const side = x < (low + high) / 2 ? 1 : -1;
    view.width.setAttribute("transform", `translate(${across(x + side * width)} ${foot - BELL * Math.exp(-0.5)})`);
    announce(view.query, low, high, x, clock(x));
    announce(view.width, NARROWEST, WIDEST, width, `${width.toFixed(2)} hours`);

    const biggest = weights.map((w, i) => [w, values[i]]).sort((a, b) => b[0] - a[0]).slice(0, 3);
    const terms = biggest.flatMap(([w, v]) => [
      make("span", { class: "attn-weight" }, w.toFixed(2)), " × ",
      make("span", { class: "attn-value" }, v.toFixed(2)), " + ",
    ]);
    sum.replaceChildren(
      make("span", { class: "attn-query" }, clock(x)), ": ",
      ...terms, "… = ",
      make("b", { class: "attn-output" }, y.toFixed(2)),
    );
    words.textContent = `Width ${width.toFixed(2)} hours. Mean squared error on the readings: ` +
      `${ownError(keys, values, width).toFixed(3)} when each may look at itself, ` +
      `${leaveOneOut(keys, values, width).toFixed(3)} when each is predicted from the others.`;
    cells.forEach(([weight, product], i) => {
      weight.textContent = weights[i].toFixed(3);
      product.textContent = (weights[i] * values[i]).toFixed(3);
    });
  }

  model.on("change:query", draw);
  model.on("change:width", draw);
  draw();
  return () => ["query", "width"].forEach((name) => model.off(`change:${name}`, draw));
}

function announce(node, low, high, value, text) {
  const said = { valuemin: low, valuemax: high, valuenow: value.toFixed(3), valuetext: text };
  for (const [name, words] of Object.entries(said)) node.setAttribute(`aria-${name}`, words);
}

export default { render };
