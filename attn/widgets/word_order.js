// One self-attention over a sentence, computed in the page; the words can be moved about.

/** The sinusoidal encoding of T positions: the twin of attn.positions.sinusoidal_encoding. */
export function sinusoids(T, D) {
  return Array.from({ length: T }, (_, t) =>
    Array.from({ length: D }, (_, c) => {
      const angle = t / 10000 ** ((c - (c % 2)) / D);
      return c % 2 ? Math.cos(angle) : Math.sin(angle);
    }),
  );
}

/** x A, for a row x and a matrix A of rows. */
const times = (x, A) => A[0].map((_, j) => x.reduce((sum, xi, i) => sum + xi * A[i][j], 0));
/** A x + b, as torch's Linear has it. */
const linear = (x, A, b) => A.map((row, i) => dot(row, x) + b[i]);
const plus = (a, b) => a.map((x, i) => x + b[i]);

/** Weights, outputs and roles of each word: the twin of attn.experiments.roles.RoleReader. */
export function read(model, ids, positions) {
  const E = model["embedding.weight"];
  const D = E[0].length;
  const places = sinusoids(ids.length, D);
  const X = ids.map((id, t) => (positions ? plus(E[id], places[t]) : E[id]));
  const [Q, K, V] = ["W_q", "W_k", "W_v"].map((name) => X.map((x) => times(x, model[name])));
  const weights = Q.map((q) => softmax(K.map((k) => dot(q, k) / Math.sqrt(D))));
  const outputs = weights.map((row, t) => plus(X[t], times(row, V)));
  const roles = outputs.map((o) => {
    const hidden = linear(o, model["hidden.weight"], model["hidden.bias"]).map((x) => Math.max(0, x));
    return softmax(linear(hidden, model["out.weight"], model["out.bias"]));
  });
  return { weights, outputs, roles };
}

/** The order in which the word at one place has moved to another. */
export function moved(order, from, to) {
  const rest = order.filter((_, i) => i !== from);
  return [...rest.slice(0, to), order[from], ...rest.slice(to)];
}

/** By how much any word's output differs from what it was in the first order. */
export function change(outputs, first, order) {
  return Math.max(...order.flatMap((word, t) => outputs[t].map((x, c) => Math.abs(x - first[word][c]))));
}

const show = (x) => (x > 0.995 ? "1.0" : x.toFixed(2).slice(1));

/** What can be seen, in a sentence or two. */
export function summary(words, at, { weights, roles }, names, by) {
  const ranked = weights[at].map((w, i) => [w, words[i], i]).sort((a, b) => b[0] - a[0]);
  const most = ranked.slice(0, 3).map(([w, word, i]) => `“${word}” ${i === at ? "(itself) " : ""}${show(w)}`);
  const best = roles[at].indexOf(Math.max(...roles[at]));
  const taken = `It is taken for ${best === 2 ? "neither" : `the ${names[best]}`}, with ${show(roles[at][best])}.`;
  const same = by < 5e-7 ? "no word's output has changed: this reader cannot see the order" : `the words' outputs have changed by up to ${by.toFixed(2)}`;
  const since = by === null ? "" : ` Against the first order, ${same}.`;
  return `“${words[at]}”, word ${at + 1} of ${words.length}, reads ${most.join(", ")}. ${taken}${since}`;
}

function render({ model, el }) {
  const [models, vocabulary, names, sentences] = ["models", "vocabulary", "roles", "sentences"].map((n) => model.get(n));
  const set = (state) => {
    for (const [name, value] of Object.entries(state)) model.set(name, value);
    model.save_changes();
  };
  const start = Object.fromEntries(["sentence", "order", "at", "positions"].map((n) => [n, model.get(n)]));
  const straight = (n) => sentences[n].split(" ").map((_, i) => i);
  const row = make("div", { class: "attn-sentence", role: "group", "aria-label": "The sentence; arrow keys choose a word, with shift they move it" });
  const words = make("p", { "aria-live": "polite" });
  const table = make("tbody");
  const head = make("tr");
  const pills = [[true, "with positions"], [false, "without"]].map(([value, text]) => {
    const input = make("input", { type: "radio", name: `positions-${Math.random()}` });
    input.addEventListener("change", () => set({ positions: value }));
    return [value, input, make("label", { class: "attn-pill" }, input, text)];
  });
  pills[1][1].name = pills[0][1].name;
  const button = (text, act) => {
    const node = make("button", { type: "button" }, text);
    node.addEventListener("click", act);
    return node;
  };
  const swap = button("Swap the two nouns", () => {
    const order = [...model.get("order")];
    const text = sentences[model.get("sentence")].split(" ");
    const nouns = vocabulary.slice(-5);
    const [a, b] = order.flatMap((w, i) => (nouns.includes(text[w]) ? [i] : []));
    [order[a], order[b]] = [order[b], order[a]];
    set({ order });
  });
  const next = button("Another sentence", () => {
    const sentence = (model.get("sentence") + 1) % sentences.length;
    set({ sentence, order: straight(sentence), at: 1 });
  });
  const reset = button("Reset", () => set(start));
  let slots = [];
  let held = null; // the place of the word that a finger or the mouse holds

  function slot(i) {
    const parts = { word: make("span", { class: "word" }), weight: make("span", { class: "share" }), role: make("span", { class: "role" }) };
    const node = make("button", { type: "button", class: "attn-word", "data-place": i }, parts.word, " ", parts.weight, " ", parts.role);
    node.addEventListener("pointerdown", (event) => {
      held = i;
      node.setPointerCapture(event.pointerId);
      set({ at: i });
    });
    node.addEventListener("pointermove", (event) => {
      if (held === null || !node.hasPointerCapture(event.pointerId)) return;
      const under = document.elementFromPoint(event.clientX, event.clientY)?.closest?.(".attn-word");
      if (!under || under.parentNode !== row || Number(under.dataset.place) === held) return;
      const to = Number(under.dataset.place);
      set({ order: moved(model.get("order"), held, to), at: to });
      held = to;
    });
    for (const end of ["pointerup", "pointercancel"]) node.addEventListener(end, () => (held = null));
    node.addEventListener("click", (event) => {
      if (event.detail === 0) set({ at: i }); // a key or a screen reader; the mouse has chosen already
    });
    node.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const to = Math.max(0, Math.min(slots.length - 1, i + step));
      set(event.shiftKey ? { order: moved(model.get("order"), i, to), at: to } : { at: to });
      slots[to].node.focus();
    });
    return { node, ...parts };
  }

  const key = make("p", { class: "attn-key-line" });
  key.innerHTML = '<span class="attn-weight">Gold</span>, and the number: how much the <span class="attn-query">chosen word</span> reads it. <span class="attn-output">Underlined</span>: what the word is taken for, and how surely.';
  frame(
    el,
    make("fieldset", {}, make("legend", {}, "The reader was trained"), ...pills.map(([, , label]) => label)),
    key,
    row,
    words,
    make("div", {}, swap, " ", next, " ", reset),
    make("details", {}, make("summary", {}, "The numbers as a table"), make("div", { class: "attn-scroll-x" }, make("table", {}, make("caption", {}, "Row: the word that reads. Column: the word that is read."), make("thead", {}, head), table))),
  );

  function draw() {
    const text = sentences[model.get("sentence")].split(" ");
    const order = model.get("order");
    const at = Math.min(model.get("at"), order.length - 1);
    const positions = model.get("positions");
    const numbers = models[positions ? "with" : "without"];
    const ids = text.map((word) => vocabulary.indexOf(word));
    const first = read(numbers, ids, positions).outputs;
    const now = read(numbers, order.map((w) => ids[w]), positions);
    const standing = order.map((w) => text[w]);
    const by = order.every((w, i) => w === i) ? null : change(now.outputs, first, order);
    if (slots.length !== order.length) {
      slots = order.map((_, i) => slot(i));
      row.replaceChildren(...slots.map((s) => s.node));
      for (const s of slots) s.node.dataset.lmSuppressShortcuts = "true";
    }
    slots.forEach((s, i) => {
      const share = now.weights[at][i];
      const best = now.roles[i].indexOf(Math.max(...now.roles[i]));
      const sure = now.roles[i][best];
      s.word.textContent = standing[i];
      s.weight.textContent = show(share);
      s.role.textContent = best === 2 ? "" : `${names[best]}${sure < 0.9 ? "?" : ""} ${show(sure)}`;
      s.node.style.setProperty("--share", `${(55 * share).toFixed(1)}%`);
      s.node.setAttribute("aria-pressed", i === at);
      s.node.tabIndex = i === at ? 0 : -1;
    });
    for (const [value, input] of pills) input.checked = value === positions;
    head.replaceChildren(make("th", { scope: "col" }, "word"), ...standing.map((w) => make("th", { scope: "col" }, w)), ...names.map((n) => make("th", { scope: "col" }, n)));
    table.replaceChildren(
      ...standing.map((w, i) =>
        make("tr", {}, make("th", { scope: "row" }, w), ...[...now.weights[i], ...now.roles[i]].map((x) => make("td", {}, x.toFixed(2)))),
      ),
    );
    words.textContent = summary(standing, at, now, names, by);
  }
  const watched = "change:order change:at change:positions change:sentence";
  model.on(watched, draw);
  draw();
  return () => model.off(watched, draw);
}

export default { render };
