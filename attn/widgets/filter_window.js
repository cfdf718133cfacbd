// A window of Gaussian filters over a picture. The mathematics is in the exported functions.

/** g + (i - N/2 + ½) δ: the twin of attn.glimpse.filter_centres. */
export function centres(g, stride, N) {
  return [...Array(N).keys()].map((i) => g + (i - N / 2 + 0.5) * stride);
}

/** Rows of Gaussians of sum 1 over `size` pixels: the twin of attn.glimpse.filter_bank. */
export function bank(places, variance, size) {
  const pixels = [...Array(size).keys()];
  return places.map((mu) => softmax(pixels.map((a) => -((a - mu) ** 2) / (2 * variance))));
}

/** γ F_Y x F_Xᵀ, rows of numbers: the twin of attn.glimpse.read. */
export function readPatch(image, Fx, Fy, gamma) {
  const rows = Fy.map((fy) => image[0].map((_, a) => fy.reduce((sum, w, b) => sum + w * image[b][a], 0)));
  return rows.map((row) => Fx.map((fx) => gamma * dot(fx, row)));
}

/** F_Yᵀ w F_X / γ: the twin of attn.glimpse.write. */
export function writePatch(patch, Fx, Fy, gamma) {
  const rows = patch.map((row) => Fx[0].map((_, a) => row.reduce((sum, w, i) => sum + w * Fx[i][a], 0) / gamma));
  return Fy[0].map((_, b) => rows[0].map((_, a) => rows.reduce((sum, row, j) => sum + Fy[j][b] * row[a], 0)));
}

const show = (x, digits = 1) => x.toFixed(digits).replace("-", "−");
const SIZE = 32;
const CELL = 10; // a pixel of the picture, drawn

function pixels(group, n, cell) {
  return [...Array(n * n).keys()].map((k) =>
    group.appendChild(
      make("svg:rect", { x: cell * (k % n), y: cell * Math.floor(k / n), width: cell + 0.4, height: cell + 0.4, "fill-opacity": 0 }),
    ),
  );
}

function render({ model, el }) {
  const pictures = model.get("pictures");
  const names = ["which", "x", "y", "stride", "sigma", "N"];
  const start = names.map((name) => [name, model.get(name)]);

  const side = SIZE * CELL;
  const canvas = make("svg:svg", { viewBox: `-5 -5 ${side + 10} ${side + 10}`, role: "group", "aria-label": "The canvas and the window" });
  const ink = make("svg:g", { class: "ink", "aria-hidden": "true" });
  const dots = pixels(ink, SIZE, CELL);
  const paper = make("svg:rect", { class: "paper", width: side, height: side });
  const clip = make("svg:g", { class: "filters", "aria-hidden": "true" });
  const body = make("svg:rect", { class: "window" });
  const corner = make("svg:circle", { class: "corner", r: 9 });
  canvas.append(paper, ink, clip, body, corner);

  const patch = make("svg:svg", { viewBox: "-5 -5 330 330", "aria-hidden": "true" });
  const seen = make("svg:g", { class: "ink" });
  patch.append(make("svg:rect", { class: "paper read", width: 320, height: 320 }), seen);

  const back = make("svg:svg", { viewBox: "-5 -5 330 330", "aria-hidden": "true" });
  const written = make("svg:g", { class: "ink" });
  back.append(make("svg:rect", { class: "paper", width: side, height: side }), written);
  const blots = pixels(written, SIZE, CELL);

  const button = (text) => make("button", { type: "button" }, text);
  const range = (label, min, max, step) => make("input", { type: "range", min, max, step, "aria-label": label });
  const stride = range("Stride, in pixels", 0.3, 5, 0.05);
  const sigma = range("Width of a filter, σ, in pixels", 0.2, 4, 0.05);
  const strideText = make("output", {});
  const sigmaText = make("output", {});
  const sides = [4, 8, 12].map((N) => [N, button(`${N} × ${N}`)]);
  const looks = make("fieldset", {}, make("legend", {}, "Where a trained network looked"));
  const another = button("Another picture");
  const reset = button("Reset");
  const sentence = make("p", { "aria-live": "polite" });
  const table = make("table", { class: "attn-table" });
  const figure = (caption, svg) => make("figure", {}, svg, make("figcaption", {}, caption));
  const root = frame(
    make("div", { class: "attn-filter" }),
    make("div", { class: "attn-filter-row" }, figure("the canvas x", canvas), figure("read: F_Y x F_Xᵀ", patch), figure("written back: F_Yᵀ w F_X", back)),
    make("div", { class: "attn-filter-controls" },
      make("label", {}, "stride ", stride, " ", strideText),
      make("label", {}, "width σ ", sigma, " ", sigmaText)),
    make("fieldset", {}, make("legend", {}, "Filters"), ...sides.map(([, node]) => node)),
    looks,
    another,
    " ",
    reset,
    sentence,
    make("details", {}, make("summary", {}, "The numbers that were read"), make("div", { class: "attn-scroll" }, table)),
  );

  const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
  function change(changes) {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
    paint();
  }
  const move = (x, y) => change({ x: clamp(x, -6, 37), y: clamp(y, -6, 37) });
  const zoom = (value) => change({ stride: clamp(value, 0.3, 5) });

  let grip = null; // where in the window it was taken, in pixels
  body.addEventListener("pointerdown", (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(canvas.getScreenCTM().inverse());
    grip = [at.x / CELL - 0.5 - model.get("x"), at.y / CELL - 0.5 - model.get("y")];
  });
  slider(canvas, body, {
    label: "Window: arrows move it, plus and minus zoom",
    drag: (at) => move(at.x / CELL - 0.5 - (grip ? grip[0] : 0), at.y / CELL - 0.5 - (grip ? grip[1] : 0)),
    press: (key, event) => {
      const far = event.shiftKey ? 4 : 0.5;
      const [x, y, s] = ["x", "y", "stride"].map((name) => model.get(name));
      const step = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[key];
      if (step) move(x + step[0], y + step[1]);
      else if (key === "+" || key === "=") zoom(s * 0.9);
      else if (key === "-") zoom(s / 0.9);
      else return false;
      return true;
    },
  });
  slider(canvas, corner, {
    label: "Corner of the window: pull to change the stride",
    drag: (at) => {
      const reach = Math.max(at.x / CELL - 0.5 - model.get("x"), at.y / CELL - 0.5 - model.get("y"));
      zoom((2 * reach) / (model.get("N") - 1));
    },
    press: (key) => {
      const s = model.get("stride");
      if (key === "ArrowRight" || key === "ArrowUp") zoom(s + 0.1);
      else if (key === "ArrowLeft" || key === "ArrowDown") zoom(s - 0.1);
      else return false;
      return true;
    },
  });
  stride.addEventListener("input", () => change({ stride: Number(stride.value) }));
  sigma.addEventListener("input", () => change({ sigma: Number(sigma.value) }));
  for (const [N, node] of sides) node.addEventListener("click", () => change({ N }));
  another.addEventListener("click", () => change({ which: (model.get("which") + 1) % pictures.length }));
  reset.addEventListener("click", () => change(Object.fromEntries(start)));
  const buttons = pictures[0].looks.map((_, t) => {
    const node = button(`look ${t + 1}`);
    node.addEventListener("click", () => {
      const [x, y, s, variance] = pictures[model.get("which")].looks[t];
      change({ x, y, stride: s, sigma: Math.sqrt(variance), N: 8 });
    });
    return node;
  });
  looks.append(...buttons);

  let painted = -1;
  let cells = [];
  function paint() {
    const [which, x, y, delta, width, N] = names.map((name) => model.get(name));
    const picture = pictures[which];
    const image = [...Array(SIZE).keys()].map((b) => picture.ink.slice(b * SIZE, (b + 1) * SIZE).map((v) => v / 25));
    if (painted !== which) {
      dots.forEach((dot, k) => dot.setAttribute("fill-opacity", picture.ink[k] / 25));
      painted = which;
    }
    const mx = centres(x, delta, N);
    const my = centres(y, delta, N);
    const Fx = bank(mx, width ** 2, SIZE);
    const Fy = bank(my, width ** 2, SIZE);
    const read = readPatch(image, Fx, Fy, 1);
    if (cells.length !== N * N) {
      seen.replaceChildren();
      cells = pixels(seen, N, 320 / N);
    }
    read.flat().forEach((value, k) => cells[k].setAttribute("fill-opacity", clamp(value, 0, 1)));
    const drawn = writePatch(read, Fx, Fy, 1).flat();
    const most = Math.max(...drawn, 1e-9);
    drawn.forEach((value, k) => blots[k].setAttribute("fill-opacity", clamp(value / most, 0, 1)));

    const px = (place) => (place + 0.5) * CELL;
    clip.replaceChildren(...my.flatMap((b) => mx.map((a) => make("svg:circle", { cx: px(a), cy: px(b), r: 2.2 }))));
    const half = ((N - 1) / 2) * delta + 0.5;
    for (const [name, value] of Object.entries({ x: px(x - half), y: px(y - half), width: 2 * half * CELL, height: 2 * half * CELL }))
      body.setAttribute(name, value);
    corner.setAttribute("cx", clamp(px(x + half), 4, side - 4));
    corner.setAttribute("cy", clamp(px(y + half), 4, side - 4));
    for (const [node, value, text] of [[body, x, `column ${show(x)}, row ${show(y)}, stride ${show(delta, 2)}`], [corner, delta, `stride ${show(delta, 2)}`]]) {
      node.setAttribute("aria-valuenow", value.toFixed(2));
      node.setAttribute("aria-valuetext", text);
    }
    body.setAttribute("aria-valuemin", -6);
    body.setAttribute("aria-valuemax", 37);
    corner.setAttribute("aria-valuemin", 0.3);
    corner.setAttribute("aria-valuemax", 5);
    stride.value = delta;
    sigma.value = width;
    strideText.textContent = `${show(delta, 2)} px`;
    sigmaText.textContent = `${show(width, 2)} px`;
    for (const [n, node] of sides) node.setAttribute("aria-pressed", n === N);
    const here = buttons.map((_, t) => picture.looks[t]).findIndex(([a, b, s]) => Math.hypot(a - x, b - y, s - delta) < 1e-3);
    buttons.forEach((node, t) => node.setAttribute("aria-pressed", t === here));
    const darkest = Math.max(...read.flat());
    const words =
      `Window at column ${show(x)}, row ${show(y)}; ${N} × ${N} filters ${show(delta, 2)} pixels apart, each ${show(width, 2)} wide: ` +
      `it spans ${show(2 * half)} pixels and reads ${N * N} numbers, the darkest ${show(darkest, 2)}. ` +
      (here >= 0 ? `This is look ${here + 1} of the network, which answered ${picture.said}; the digit is a ${picture.label}.` : `The network's answer was ${picture.said}; the digit is a ${picture.label}.`);
    if (sentence.textContent !== words) sentence.textContent = words;
    table.replaceChildren(
      make("tbody", {}, ...read.map((row, j) =>
        make("tr", {}, make("th", { scope: "row" }, `row ${j + 1}`), ...row.map((value) => make("td", {}, show(value, 2)))))),
    );
  }

  return live(model, el, root, names, paint);
}

export default { render };
