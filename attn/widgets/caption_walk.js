// A caption, word by word, over the picture it was written for. The mathematics is in the exported
// functions above `render`.

const SIDE = 6; // cells each way
const PIXELS = 24;
const CELL = 60; // of the drawing

/** The cell with the largest weight, and whether its middle lies in the box (null: names nothing):
 *  what attn.captioning.pointing_accuracy asks of one word. */
export function pointing(weights, box) {
  const cell = weights.reduce((best, w, i) => (w > weights[best] ? i : best), 0);
  const [x, y] = [(cell % SIDE) + 0.5, Math.floor(cell / SIDE) + 0.5];
  const hit = box === null ? null : box[0] <= x && x <= box[2] && box[1] <= y && y <= box[3];
  return { cell, hit };
}

/** How much each cell was looked at over the whole caption: Σ_t α_ti. */
export function looked(weights) {
  return weights[0].map((_, i) => weights.reduce((sum, row) => sum + row[i], 0));
}

/** Σ_i (1 - Σ_t α_ti)²: the twin of attn.captioning.doubly_stochastic_penalty for one caption. */
export function penalty(weights) {
  return looked(weights).reduce((sum, x) => sum + (1 - x) ** 2, 0);
}

/** The index of the first word that is not as in the true caption, or -1. */
export function firstWrong(words, truth) {
  for (let i = 0; i < Math.max(words.length, truth.length); i++) if (words[i] !== truth[i]) return i;
  return -1;
}

const share = (x) => x.toFixed(2).replace(/^0/, "");
const place = (cell) => `row ${Math.floor(cell / SIDE) + 1}, column ${(cell % SIDE) + 1}`;

function picture() {
  const ink = make("svg:g", { "aria-hidden": "true", "shape-rendering": "crispEdges" });
  const box = make("svg:rect", { class: "box", rx: 3 });
  const cells = [...Array(SIDE * SIDE).keys()].map((i) => {
    const [x, y] = [CELL * (i % SIDE), CELL * Math.floor(i / SIDE)];
    const veil = make("svg:rect", { class: "veil", x, y, width: CELL, height: CELL });
    const ring = make("svg:rect", { class: "ring", x: x + 2, y: y + 2, width: CELL - 4, height: CELL - 4, rx: 6 });
    return { node: make("svg:g", { role: "button" }, veil, ring), veil, ring };
  });
  const svg = make("svg:svg", { viewBox: `0 0 ${SIDE * CELL} ${SIDE * CELL}`, class: "scene", role: "group", "aria-label": "The picture, six by six cells" });
  svg.append(ink, ...cells.map((c) => c.node), box);
  return { svg, ink, box, cells };
}

function paint(ink, image) {
  const size = (SIDE * CELL) / PIXELS;
  ink.replaceChildren();
  for (let k = 0; k < PIXELS * PIXELS; k++)
    ink.append(make("svg:rect", { x: size * (k % PIXELS), y: size * Math.floor(k / PIXELS), width: size + 0.4, height: size + 0.4, fill: `#${image.slice(3 * k, 3 * k + 3)}` }));
}

function render({ model, el }) {
  const scenes = model.get("scenes");
  const start = ["which", "at", "cell"].map((name) => [name, model.get(name)]);
  const { svg, ink, box, cells } = picture();
  const button = (text) => make("button", { type: "button" }, text);
  const [back, next, another, reset] = ["Word before", "Next word", "Another picture", "Reset"].map(button);
  const caption = make("div", { class: "attn-caption", role: "group", "aria-label": "The caption, word by word" });
  const truth = make("p", { class: "attn-truth" });
  const sums = make("div", { class: "attn-sums", "aria-live": "polite" });
  const table = make("table", { class: "attn-table" });
  const root = frame(
    make("div", { class: "attn-walk" }),
    make("div", { class: "attn-walk-both" }, svg, make("div", { class: "attn-walk-words" }, caption, truth, sums)),
    make("div", { class: "attn-walk-row" }, back, next, another, reset),
    make("details", {}, make("summary", {}, "All the numbers"), make("div", { class: "attn-scroll" }, table)),
  );
  let [drawn, focused] = [-1, 0];
  let words = [];

  const now = () => scenes[model.get("which")];
  function change(changes) {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
    draw();
  }
  const go = (at) => change({ at: Math.min(Math.max(at, 0), now().weights.length - 1), cell: -1 });
  back.addEventListener("click", () => go(model.get("at") - 1));
  next.addEventListener("click", () => go(model.get("at") + 1));
  another.addEventListener("click", () => change({ which: (model.get("which") + 1) % scenes.length, at: 2, cell: -1 }));
  reset.addEventListener("click", () => change(Object.fromEntries(start)));
  caption.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const to = { Home: 0, End: words.length - 1 }[event.key] ?? (step && model.get("at") + step);
    if (to === undefined) return;
    event.preventDefault();
    go(to);
    words[model.get("at")].button.focus();
  });

  cells.forEach(({ node }, i) => {
    node.dataset.lmSuppressShortcuts = "true";
    node.addEventListener("click", () => {
      focused = i;
      change({ cell: model.get("cell") === i ? -1 : i });
    });
    node.addEventListener("keydown", (event) => {
      const [row, column] = [Math.floor(i / SIDE), i % SIDE];
      const to = {
        ArrowLeft: column > 0 && i - 1, ArrowRight: column < SIDE - 1 && i + 1,
        ArrowUp: row > 0 && i - SIDE, ArrowDown: row < SIDE - 1 && i + SIDE,
      }[event.key];
      if (event.key === "Enter" || event.key === " ") change({ cell: i });
      else if (event.key === "Escape") change({ cell: -1 });
      else if (to === undefined) return;
      else if (to !== false) {
        focused = to;
        change({ cell: to });
        cells[to].node.focus();
      }
      event.preventDefault();
    });
  });

  /** The words of a caption as buttons, each over a bar for the cell that is asked about. */
  function lay(scene) {
    const wrong = firstWrong(scene.words, scene.truth);
    words = scene.weights.map((_, t) => {
      const text = scene.words[t] ?? "(end)";
      const bar = make("span", { class: "bar", "aria-hidden": "true" });
      const node = make("button", { type: "button", "data-lm-suppress-shortcuts": "true" }, make("span", {}, text), bar);
      if (t === wrong) node.classList.add("wrong");
      node.addEventListener("click", () => go(t));
      return { button: node, bar, text };
    });
    caption.replaceChildren(...words.map((w) => w.button));
    truth.replaceChildren(
      wrong < 0 ? "As it should be, to the last word." : `It should read: ${scene.truth.join(" ")}.`,
    );
    paint(ink, scene.image);
    const row = (name, list) => make("tr", {}, make("th", { scope: "row" }, name), ...list.map((x) => make("td", {}, x)));
    const names = words.map((w) => w.text);
    const total = looked(scene.weights);
    table.replaceChildren(
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "cell"), ...names.map((n) => make("th", { scope: "col" }, n)), make("th", { scope: "col" }, "sum"))),
      make("tbody", {}, ...total.map((sum, i) => row(place(i), [...scene.weights.map((w) => share(w[i])), share(sum)])), row("gate", [...scene.beta.map(share), ""])),
    );
  }

  function draw() {
    const scene = now();
    if (drawn !== model.get("which")) lay(scene);
    drawn = model.get("which");
    const [at, cell] = [model.get("at"), model.get("cell")];
    const weights = scene.weights[at];
    const { cell: best, hit } = pointing(weights, scene.boxes[at]);
    const top = Math.max(...weights);
    cells.forEach(({ node, veil, ring }, i) => {
      veil.style.fillOpacity = 0.68 * (1 - weights[i] / top);
      ring.style.display = i === (cell < 0 ? best : cell) ? "" : "none";
      ring.classList.toggle("asked", cell >= 0);
      node.setAttribute("tabindex", i === focused ? 0 : -1);
      node.setAttribute("aria-label", `${place(i)}, weight ${share(weights[i])}`);
      node.setAttribute("aria-pressed", i === cell);
    });
    const frame = scene.boxes[at];
    box.style.display = frame ? "" : "none";
    if (frame)
      for (const [name, value] of [["x", frame[0]], ["y", frame[1]], ["width", frame[2] - frame[0]], ["height", frame[3] - frame[1]]])
        box.setAttribute(name, CELL * value);
    words.forEach(({ button: node, bar }, t) => {
      node.setAttribute("aria-pressed", t === at);
      node.setAttribute("tabindex", t === at ? 0 : -1);
      bar.style.height = cell < 0 ? "0" : `${2.2 * scene.weights[t][cell]}rem`;
    });
    caption.classList.toggle("asked", cell >= 0);
    back.disabled = at === 0;
    next.disabled = at === words.length - 1;
    say(scene, at, cell, best, hit, top);
  }

  function say(scene, at, cell, best, hit, top) {
    if (cell >= 0) {
      const most = words.map((_, t) => t).sort((a, b) => scene.weights[b][cell] - scene.weights[a][cell])[0];
      sums.textContent = `The cell in ${place(cell)} got ${share(looked(scene.weights)[cell])} in all over ${words.length} words, most of it at “${words[most].text}”: ${share(scene.weights[most][cell])}. All cells together got ${words.length}, and the penalty of this caption is ${penalty(scene.weights).toFixed(1)}.`;
      return;
    }
    const where = hit === null ? "This word names no thing" : hit ? "It lies in the dashed box of what should be named" : "It lies outside the dashed box of what should be named";
    sums.textContent = `Word ${at + 1}, “${words[at].text}”: the largest weight is ${share(top)}, in ${place(best)}. ${where}. The gate β is ${share(scene.beta[at])}.`;
  }

  return live(model, el, root, ["which", "at", "cell"], draw);
}

export default { render };
