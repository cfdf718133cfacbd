// Pick a patch of a canvas, or the class token, and see what it has read, layer by layer.
// `rollout` and `panels` are the twins of attn.rollout and attn.experiments.clutter.

const SIDE = 16;
const P = 4;
const CELLS = SIDE / P;

/** (layer + identity) / 2, the layers multiplied, the first one on the right: a row a token. */
export function rollout(layers) {
  const T = layers[0].length;
  let reached = Array.from({ length: T }, (_, i) => Array.from({ length: T }, (_, j) => +(i === j)));
  for (const layer of layers) {
    reached = layer.map((row, i) =>
      reached[i].map((own, j) => (own + row.reduce((sum, w, k) => sum + w * reached[k][j], 0)) / 2),
    );
  }
  return reached;
}

/** What each panel shows for a token, a list of `{ name, shares, digit }`: the shares of the
 *  sixteen patches, which sum to 1, and how much of them lies on the digit. */
export function panels(canvas, token) {
  const rows = canvas.layers.map((layer, i) => [`layer ${i + 1}`, layer[token].slice(1)]);
  rows.push(["rollout", rollout(canvas.layers)[token].slice(1)]);
  rows.push(["erasing", canvas.falls.map((fall) => Math.max(fall, 0))]);
  return rows.map(([name, numbers]) => {
    const total = numbers.reduce((sum, x) => sum + x, 0) || 1;
    const shares = numbers.map((x) => x / total);
    return { name, shares, digit: canvas.inside.reduce((sum, n) => sum + shares[n], 0) };
  });
}

const place = (n) => `row ${Math.floor(n / CELLS) + 1}, column ${(n % CELLS) + 1}`;
const reader = (token) => (token ? `the patch in ${place(token - 1)}` : "the class token");
const percent = (x) => `${Math.round(100 * x)} %`;
const corner = (n) => ({ x: P * (n % CELLS), y: P * Math.floor(n / CELLS) });

/** The canvas as SVG: its ink, a tint for each patch, lines between patches, frames. */
function picture(attributes) {
  const ink = make("svg:g", { class: "ink" });
  const tints = Array.from({ length: CELLS * CELLS }, (_, n) => make("svg:rect", { class: "tint", width: P, height: P, ...corner(n) }));
  const lines = make("svg:path", { class: "cuts", d: [1, 2, 3].map((i) => `M${P * i} 0V${SIDE}M0 ${P * i}H${SIDE}`).join("") });
  const digit = make("svg:rect", { class: "digit", width: 2 * P, height: 2 * P });
  const asks = make("svg:rect", { class: "asks", width: P, height: P });
  const svg = make("svg:svg", { viewBox: "-.3 -.3 16.6 16.6", ...attributes });
  svg.append(...tints, ink, lines, digit, asks);
  const draw = (canvas, token, shares) => {
    const levels = new Map();
    canvas.pixels.forEach((level, i) => {
      if (level) levels.set(level, `${levels.get(level) ?? ""}M${i % SIDE} ${Math.floor(i / SIDE)}h1v1h-1z`);
    });
    ink.replaceChildren(...[...levels].map(([level, d]) => make("svg:path", { d, "fill-opacity": level / 16 })));
    const most = Math.max(...shares, 1e-9);
    tints.forEach((tint, n) => tint.setAttribute("fill-opacity", (0.8 * shares[n]) / most));
    const { x, y } = corner(canvas.inside[0]);
    digit.setAttribute("x", x);
    digit.setAttribute("y", y);
    asks.style.display = token ? "" : "none";
    if (token) for (const [name, value] of Object.entries(corner(token - 1))) asks.setAttribute(name, value);
  };
  return { svg, draw };
}

function render({ model, el }) {
  const canvases = model.get("canvases");
  const start = ["which", "token"].map((name) => [name, model.get(name)]);
  const change = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
  const button = (label, act) => {
    const node = make("button", { type: "button" }, label);
    node.addEventListener("click", act);
    return node;
  };

  const whole = picture({ class: "pick", "aria-valuemin": 0, "aria-valuemax": CELLS * CELLS });
  const at = ({ x, y }) => {
    const cell = (v) => Math.min(CELLS - 1, Math.max(0, Math.floor(v / P)));
    change({ token: 1 + CELLS * cell(y) + cell(x) });
  };
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  slider(whole.svg, whole.svg, {
    label: "who reads",
    drag: at,
    press: (key) => {
      if (key === "Home") change({ token: 0 });
      else if (steps[key]) {
        const n = Math.max(model.get("token"), 1) - 1;
        const [dx, dy] = model.get("token") ? steps[key] : [0, 0];
        const clip = (v) => Math.min(CELLS - 1, Math.max(0, v));
        change({ token: 1 + CELLS * clip(Math.floor(n / CELLS) + dy) + clip((n % CELLS) + dx) });
      } else return false;
      return true;
    },
  });
  whole.svg.addEventListener("pointerdown", (event) => {
    const inside = whole.svg.getScreenCTM().inverse();
    at(new DOMPoint(event.clientX, event.clientY).matrixTransform(inside));
  });

  const classToken = button("class token", () => change({ token: 0 }));
  const another = button("Another canvas", () => change({ which: (model.get("which") + 1) % canvases.length }));
  const reset = button("Reset", () => change(Object.fromEntries(start)));
  const names = panels(canvases[0], 0).map(({ name }) => name);
  const small = names.map((name) => {
    const { svg, draw } = picture({ "aria-hidden": "true" });
    const share = make("span", {});
    return { draw, share, node: make("div", {}, svg, make("div", { class: "named" }, make("b", {}, name), share)) };
  });
  const verdict = make("p");
  const cells = Array.from({ length: CELLS * CELLS }, () => names.map(() => make("td")));
  const table = make("table", {},
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "patch"), ...names.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...cells.map((row, n) => make("tr", {}, make("th", { scope: "row" }, place(n)), ...row))));
  const details = make("details", {}, make("summary", {}, "The numbers"),
    make("div", { class: "attn-scroll", tabindex: 0, role: "region", "aria-label": "the shares of all patches" }, table));
  const spoken = make("p", { class: "attn-hidden", "aria-live": "polite" });
  const root = frame(make("div", { class: "attn-patches" }),
    make("div", { class: "attn-row" },
      make("div", { class: "whole" }, whole.svg, make("div", {}, classToken, another, reset)),
      make("div", { class: "panels" }, ...small.map(({ node }) => node))),
    verdict, details, spoken);

  function draw() {
    const canvas = canvases[model.get("which")];
    const token = model.get("token");
    const found = panels(canvas, token);
    whole.draw(canvas, token, Array(CELLS * CELLS).fill(0));
    whole.svg.setAttribute("aria-valuenow", token);
    whole.svg.setAttribute("aria-valuetext", reader(token));
    classToken.setAttribute("aria-pressed", token === 0);
    found.forEach(({ shares, digit }, k) => {
      small[k].draw(canvas, k < found.length - 1 ? token : 0, shares);
      small[k].share.textContent = `${percent(digit)} on the digit`;
      shares.forEach((share, n) => (cells[n][k].textContent = percent(share)));
    });
    const right = canvas.said === canvas.label ? "right" : `wrong, it is a ${canvas.label}`;
    verdict.textContent = `The model says ${canvas.said} (${percent(canvas.sure)} sure): ${right}. Shown is what ${reader(token)} reads of the patches, in two layers and through both; “erasing” is about the answer alone.`;
    const parts = found.map(({ name, digit }) => `${name} ${percent(digit)}`).join(", ");
    say(`Canvas ${model.get("which") + 1}, a ${canvas.label}. ${reader(token)} reads; on the digit: ${parts}.`);
  }

  const say = announcer(spoken);

  return live(model, el, root, ["which", "token"], draw, once(draw));
}

export default { render };
