// A block of a Transformer, step by step. The mathematics is in the exported functions.

/** LayerNorm of one position, with gains 1 and biases 0: the twin of attn.layer_norm. */
export function layerNorm(x) {
  const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
  const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length;
  return x.map((v) => (v - mean) / Math.sqrt(variance + 1e-5));
}

/** Self-attention of one head, without biases: the weights, and what each position has found. */
export function attention(X, { W_q, W_k, W_v, W_o }) {
  const project = (W) => X.map((x) => times(W, x));
  const [Q, K, V] = [W_q, W_k, W_v].map(project);
  const weights = Q.map((q) => softmax(K.map((k) => dot(q, k) / Math.sqrt(q.length))));
  const read = weights.map((row) => V[0].map((_, d) => dot(row, V.map((v) => v[d]))));
  return { weights, found: read.map((r) => times(W_o, r)) };
}

/** The feed-forward of one position. */
export function feedForward(x, { W_1, b_1, W_2, b_2 }) {
  const inside = times(W_1, x).map((v, i) => Math.max(0, v + b_1[i]));
  return times(W_2, inside).map((v, i) => v + b_2[i]);
}

/** All states of a block: its name, the stream, and beside it what was just made (or null). */
export function steps(X, weights, norm, skip) {
  const states = [{ name: "in", stream: X, beside: null }];
  const add = (found) => (skip ? X.map((x, t) => x.map((v, d) => v + found[t][d])) : found);
  const note = (name, beside, more = {}) => states.push({ name, stream: X, beside, ...more });
  for (const sublayer of ["attention", "feed-forward"]) {
    const read = norm === "pre" ? X.map(layerNorm) : X;
    if (norm === "pre") note("norm", read);
    let found;
    if (sublayer === "attention") {
      const looked = attention(read, weights);
      found = looked.found;
      note(sublayer, found, { weights: looked.weights });
    } else {
      found = read.map((x) => feedForward(x, weights));
      note(sublayer, found);
    }
    X = add(found);
    note(skip ? "add" : "replace", null);
    if (norm === "post") {
      X = X.map(layerNorm);
      note("norm", null);
    }
  }
  return states;
}

/** Mean cosine between two rows. */
export function likeness(X) {
  const size = (x) => Math.sqrt(dot(x, x));
  const pairs = X.flatMap((a, i) => X.slice(i + 1).map((b) => dot(a, b) / (size(a) * size(b))));
  return pairs.reduce((sum, c) => sum + c, 0) / pairs.length;
}

function times(W, x) {
  return W.map((row) => dot(row, x));
}

const show = (x) => x.toFixed(2).replace("-", "−").replace("−0.00", "0.00");
const list = (words) => words.map((w) => `“${w}”`).join(", ");
const SAYS = {
  in: () => "The stream comes in: a row of numbers a word, what the word is and where it stands.",
  norm: ({ beside }) => beside
    ? "A copy is normalised, each row by itself, and handed to the next sublayer. The stream stays as it is."
    : "The stream itself is normalised, each row by itself.",
  attention: ({ weights }, words) => {
    const [t, row] = [words.length - 1, weights.at(-1)];
    const most = row.indexOf(Math.max(...row));
    return `Every word reads all words. ${list([words[t]])} looks most at ${list([words[most]])}, ${show(row[most])}. ` +
      "What is found stands on the right; nothing has been added yet.";
  },
  "feed-forward": () => "Every word thinks by itself: two maps with a cut at zero between them. No row sees another.",
  add: () => "What was found is added to the stream.",
  replace: () => "What was found takes the stream's place: without the skip, what was there is gone.",
};
const TITLES = { norm: "normalised", attention: "found by attention", "feed-forward": "found by the feed-forward" };

function render({ model, el }) {
  const words = model.get("words");
  const start = ["norm", "skip", "step"].map((name) => [name, model.get(name)]);

  const button = (text, onclick) => {
    const node = make("button", { type: "button" }, text);
    node.addEventListener("click", onclick);
    return node;
  };
  const norms = ["pre", "post"].map((name) => button(`${name}-norm`, () => change("norm", name)));
  const skip = make("input", { type: "checkbox" });
  skip.addEventListener("change", () => change("skip", skip.checked));
  const back = button("Back", () => change("step", model.get("step") - 1));
  const on = button("Step", () => change("step", model.get("step") + 1));
  const reset = button("Reset", () => {
    for (const [name, value] of start) model.set(name, value);
    model.save_changes();
    draw();
  });
  const path = make("ol", { class: "attn-path" });
  const tables = make("div", { class: "attn-streams" });
  const says = make("p", { "aria-live": "polite" });
  const facts = make("p");
  const root = frame(make("div", { class: "attn-residual-stream" }),
    make("div", { class: "attn-row" },
      make("fieldset", {}, make("legend", {}, "where the norm stands"), ...norms),
      make("label", { class: "attn-pill" }, skip, "skip (add to the stream)")),
    path, tables, says, facts, make("div", { class: "attn-row attn-steps" }, make("span", {}, back, on), reset));
  root.addEventListener("keydown", (event) => {
    if (event.target.matches("input")) return;
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = model.get("step") + (move ?? 0);
    if (!move || next < 0 || next > 6) return;
    event.preventDefault();
    change("step", next);
  });

  function change(name, value) {
    model.set(name, value);
    model.save_changes();
    draw();
  }

  function table(title, rows, changed) {
    const cells = (row) => row.map((v) => make("td",
      { style: `--size:${Math.min(45, Math.round(20 * Math.abs(v)))}%`, "data-sign": v < 0 ? "-" : "+" }, show(v)));
    const node = make("table", {}, make("caption", {}, title),
      make("tbody", {}, ...rows.map((row, t) => make("tr", {}, make("th", { scope: "row" }, words[t]), ...cells(row)))));
    if (changed) node.dataset.changed = "";
    return node;
  }

  function draw() {
    const states = steps(model.get("stream"), model.get("weights"), model.get("norm"), model.get("skip"));
    const step = Math.max(0, Math.min(model.get("step"), states.length - 1));
    const state = states[step];
    norms.forEach((node, i) => node.setAttribute("aria-pressed", ["pre", "post"][i] === model.get("norm")));
    skip.checked = model.get("skip");
    path.replaceChildren(...states.map(({ name }, i) => {
      const item = make("li", {}, name);
      if (i === step) item.setAttribute("aria-current", "step");
      return item;
    }));
    const changed = step > 0 && !state.beside;
    tables.replaceChildren(table("the stream", state.stream, changed),
      ...(state.beside ? [table(TITLES[state.name], state.beside, true)] : []));
    says.textContent = SAYS[state.name](state, words);
    const length = (x) => Math.sqrt(dot(x, x));
    const longest = state.stream.map(length);
    facts.textContent = `Lengths of the stream's rows: ${longest.map(show).join(", ")}. ` +
      `Mean cosine between two rows: ${show(likeness(state.stream))}.`;
    back.disabled = step === 0;
    on.disabled = step === states.length - 1;
  }

  return live(model, el, root, ["norm", "skip", "step"], draw);
}

export default { render };
