// Accuracy by length: a line that is pulled along the lengths, and what was written at each.

/** The mean of each column: one accuracy a length, over the seeds. */
export function means(runs) {
  return runs[0].map((_, i) => runs.reduce((sum, run) => sum + run[i], 0) / runs.length);
}

/** The lowest and the highest of each column. */
export function spans(runs) {
  return runs[0].map((_, i) => {
    const column = runs.map((run) => run[i]);
    return [Math.min(...column), Math.max(...column)];
  });
}

/** Which of the symbols written are wrong, the right answer being the source backwards and a stop. */
export function mistakes(source, written) {
  const right = [...source].reverse().join("") + ".";
  const places = Array.from({ length: Math.max(right.length, written.length) }, (_, i) => i);
  return places.filter((i) => right[i] !== written[i]);
}

/** The place of the length nearest to x. */
export function nearest(lengths, x) {
  return lengths.reduce((best, L, i) => (Math.abs(L - x) < Math.abs(lengths[best] - x) ? i : best), 0);
}

const PLOT = { left: 74, right: 690, top: 28, bottom: 268, width: 720, height: 330 };
const NAMES = { none: "one vector", additive: "with attention" };
const count = (n) => (n === 0 ? "no mistake" : n === 1 ? "one mistake" : `${n} mistakes`);
const percent = (x) => `${Math.round(100 * x)} %`;

function chart(lengths, runs, longest) {
  const low = lengths[0];
  const high = lengths.at(-1);
  const across = (L) => PLOT.left + ((L - low) / (high - low)) * (PLOT.right - PLOT.left);
  const back = (x) => low + ((x - PLOT.left) / (PLOT.right - PLOT.left)) * (high - low);
  const up = (share) => PLOT.bottom - share * (PLOT.bottom - PLOT.top);
  const svg = make("svg:svg", { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, class: "attn-lengths", role: "group", "aria-label": "Share of sequences reversed without a mistake, by length" });
  const add = (tag, attributes, ...children) => svg.appendChild(make(`svg:${tag}`, attributes, ...children));
  add("rect", { class: "unseen", x: across(longest), y: PLOT.top, width: PLOT.right - across(longest), height: PLOT.bottom - PLOT.top });
  add("text", { x: across(longest) + 8, y: PLOT.top + 18, class: "note" }, "longer than in training");
  for (const share of [0, 0.5, 1]) {
    add("path", { class: "grid", d: `M${PLOT.left} ${up(share)}H${PLOT.right}` });
    add("text", { x: PLOT.left - 8, y: up(share) + 5, "text-anchor": "end" }, percent(share));
  }
  for (const L of lengths) add("text", { x: across(L), y: PLOT.bottom + 44, "text-anchor": "middle" }, `${L}`);
  const points = (values) => values.map((y, i) => `${across(lengths[i]).toFixed(1)} ${up(y).toFixed(1)}`);
  for (const name of ["none", "additive"]) {
    const span = spans(runs[name]);
    const outline = [...points(span.map(([, top]) => top)), ...points(span.map(([bottom]) => bottom)).reverse()];
    add("path", { class: `band ${name}`, d: `M${outline.join("L")}Z` });
    add("path", { class: `line ${name}`, d: `M${points(means(runs[name])).join("L")}` });
  }
  const handle = add("g", { class: "length" });
  handle.append(
    make("svg:rect", { class: "touch", x: -26, y: PLOT.top, width: 52, height: PLOT.bottom - PLOT.top + 30 }),
    make("svg:path", { class: "rule", d: `M0 ${PLOT.top}V${PLOT.bottom}` }),
    make("svg:path", { class: "knob", d: `M0 ${PLOT.bottom}l12 10v16h-24v-16Z` }),
  );
  const dots = { none: add("circle", { class: "dot none", r: 6 }), additive: add("circle", { class: "dot additive", r: 6 }) };
  return { svg, handle, dots, across, back, up };
}

/** What was written, its wrong symbols marked for the eye and for the ear. */
function spell(cell, source, written) {
  const wrong = new Set(mistakes(source, written));
  const size = Math.max(source.length + 1, written.length);
  const marks = Array.from({ length: size }, (_, i) =>
    make("span", { class: wrong.has(i) ? "wrong" : "right" }, written[i] ?? "_"),
  );
  cell.replaceChildren(...marks);
}

function render({ model, el }) {
  const [lengths, none, additive, shown, longest] = ["lengths", "none", "additive", "shown", "longest"].map((n) => model.get(n));
  const runs = { none, additive };
  const [start, first] = [model.get("at"), model.get("which")];
  const view = chart(lengths, runs, longest);
  const go = (i, which = 0) => {
    model.set("at", Math.max(0, Math.min(lengths.length - 1, i)));
    model.set("which", which);
    model.save_changes();
  };
  slider(view.svg, view.handle, {
    label: "Length of the sequence",
    drag: ({ x }) => go(nearest(lengths, view.back(x))),
    press(key) {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[key];
      if (step) go(model.get("at") + step);
      if (key === "Home" || key === "End") go(key === "Home" ? 0 : lengths.length - 1);
      return Boolean(step) || key === "Home" || key === "End";
    },
  });
  view.svg.addEventListener("click", (event) => {
    const place = view.svg.getScreenCTM().inverse();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(place);
    if (x >= PLOT.left - 20 && y >= PLOT.top) go(nearest(lengths, view.back(x)));
  });

  const cells = Object.fromEntries(["source", "none", "additive"].map((name) => [name, make("td", { class: "attn-letters" })]));
  const shares = { none: make("td"), additive: make("td") };
  const line = (head, name) => make("tr", {}, make("th", { scope: "row" }, head), cells[name], shares[name] ?? make("td"));
  const written = make("table", { class: "attn-written" }, make("tbody", {}, line("the sequence", "source"), line("one vector writes", "none"), line("with attention", "additive")));
  const words = make("p", { "aria-live": "polite" });
  const another = make("button", { type: "button" }, "Another sequence");
  another.addEventListener("click", () => go(model.get("at"), (model.get("which") + 1) % shown[0].length));
  const reset = make("button", { type: "button" }, "Reset");
  reset.addEventListener("click", () => go(start, first));
  const key = make("p", { class: "attn-key-line" });
  key.innerHTML = '<svg viewBox="0 0 40 10" aria-hidden="true"><path class="line none" d="M0 5H40"/></svg> one vector <svg viewBox="0 0 40 10" aria-hidden="true"><path class="line additive" d="M0 5H40"/></svg> with attention; the tint spans all seeds';
  const head = ["length", "one vector", "with attention"].map((text) => make("th", { scope: "col" }, text));
  const rows = lengths.map((L, i) => {
    const cell = (name) => make("td", {}, `${percent(means(runs[name])[i])} (${spans(runs[name])[i].map(percent).join(" to ")})`);
    return make("tr", {}, make("th", { scope: "row" }, `${L}`), cell("none"), cell("additive"));
  });
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
  frame(
    el,
    key,
    view.svg,
    make("div", { class: "attn-scroll-x" }, written),
    words,
    make("div", {}, another, " ", reset),
    make("details", {}, make("summary", {}, "The numbers as a table"), make("div", { class: "attn-scroll" }, table)),
  );

  function draw() {
    const i = model.get("at");
    const L = lengths[i];
    view.handle.setAttribute("transform", `translate(${view.across(L)} 0)`);
    for (const [name, text] of Object.entries({ "aria-valuemin": lengths[0], "aria-valuemax": lengths.at(-1), "aria-valuenow": L }))
      view.handle.setAttribute(name, text);
    const example = shown[i][model.get("which")];
    cells.source.textContent = example.source;
    const said = ["none", "additive"].map((name) => {
      const share = means(runs[name])[i];
      view.dots[name].setAttribute("cx", view.across(L));
      view.dots[name].setAttribute("cy", view.up(share));
      spell(cells[name], example.source, example[name]);
      shares[name].textContent = `${percent(share)} right`;
      return `${NAMES[name]} gets ${percent(share)} right, and makes ${count(mistakes(example.source, example[name]).length)} in this one`;
    });
    words.textContent = `Length ${L}: ${said.join("; ")}.`;
    view.handle.setAttribute("aria-valuetext", `${L} symbols`);
  }
  model.on("change:at change:which", draw);
  draw();
  return () => model.off("change:at change:which", draw);
}

export default { render };
