// The weights of trained readers, shuffled; everything else stays as it was trained.

/** The probability of praise: a score is the weighted mean of what each word says alone. */
export function praise(weights, alone) {
  return 1 / (1 + Math.exp(-dot(weights, alone)));
}

/** How far an answer has moved: the total variation of two classes. */
export const change = (p, q) => Math.abs(p - q);

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** A random order of n places, the same for the same seed (mulberry32, Fisher and Yates). */
export function shuffle(n, seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const order = [...Array(n).keys()];
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** The weights of one remark as they are now. A hand's exchanges come last. */
export function weightsNow(trained, number, { draw, alike, order }) {
  const n = trained.length;
  const drawn = alike ? trained.map(() => 1 / n) : draw ? shuffle(n, 7919 * draw + number).map((i) => trained[i]) : trained;
  return order.length === n ? order.map((i) => drawn[i]) : drawn;
}

/** Every remark of a reader: its answer as trained and now, and the change. */
export function answers(reader, state) {
  return reader.weights.map((trained, i) => {
    const before = praise(trained, reader.alone[i]);
    const weights = weightsNow(trained, i, i === state.at ? state : { ...state, order: [] });
    const now = praise(weights, reader.alone[i]);
    return { before, now, change: change(before, now), weights };
  });
}

/** The median change in each class, and in both together. */
export function medians(found, remarks) {
  const of = (wanted) => median(found.filter((_, i) => wanted(remarks[i].praise)).map((f) => f.change));
  return { blame: of((x) => x === 0), praise: of((x) => x === 1), pooled: of(() => true) };
}

const show = (x) => (x > 0.9995 ? "1.00" : x.toFixed(2).replace(/^0/, ""));
const ROWS = ["blame", "praise", "pooled"];
const NAMES = { blame: "blame", praise: "praise", pooled: "both" };
const LEFT = 96;
const WIDE = 545;
const TALL = 56;
const x = (c) => LEFT + WIDE * c;

function render({ model, el }) {
  const remarks = model.get("remarks");
  const readers = model.get("readers");
  const state = () => Object.fromEntries(["at", "draw", "alike", "order"].map((name) => [name, model.get(name)]));
  const start = Object.fromEntries(["reader", "at", "draw", "alike", "order"].map((name) => [name, model.get(name)]));
  const set = (values) => {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    model.save_changes();
  };
  const button = (text, act) => {
    const node = make("button", { type: "button" }, text);
    node.addEventListener("click", act);
    return node;
  };
  const group = `reader-${Math.random().toString(36).slice(2)}`;
  const pills = Object.keys(readers).map((name) => {
    const input = make("input", { type: "radio", name: group, value: name });
    input.addEventListener("change", () => set({ reader: name }));
    return [name, input, make("label", { class: "attn-pill" }, input, name)];
  });
  const row = make("div", { class: "attn-carried", role: "group", "aria-label": "The remark; arrow keys choose a word, with shift they exchange its weight with its neighbour's" });
  const verdict = make("p", { class: "attn-says" });
  const svg = make("svg:svg", { viewBox: `0 0 ${LEFT + WIDE + 24} ${3 * TALL + 44}`, role: "group", "aria-label": "How much each answer has changed, by class" });
  const table = make("table");
  const spoken = make("p", { class: "attn-spoken", "aria-live": "polite" });

  const dots = ROWS.map((name, r) => {
    const places = remarks.map((_, i) => i).filter((i) => name === "pooled" || NAMES[name] === (remarks[i].praise ? "praise" : "blame"));
    const middle = TALL * (r + 0.5);
    svg.append(make("svg:text", { x: 4, y: middle + 5 }, NAMES[name]), make("svg:path", { class: "faint", d: `M${x(0)} ${middle}H${x(1)}` }));
    const made = places.map((i, k) => {
      // Neighbours side by side, so that dots on one place can be told apart.
      const node = make("svg:circle", { class: "dot", r: 5, cy: middle + ((k * 7) % 11 - 5) * 3.6 });
      node.addEventListener("click", () => set({ at: i, order: [] }));
      svg.append(node);
      return [i, node];
    });
    const bar = make("svg:path", { class: "median" });
    svg.append(bar);
    return { name, middle, made, bar };
  });
  for (const c of [0, 0.25, 0.5, 0.75, 1])
    svg.append(make("svg:text", { x: x(c), y: 3 * TALL + 16, "text-anchor": "middle", class: "tick" }, show(c)));
  svg.append(make("svg:text", { x: x(0.5), y: 3 * TALL + 38, "text-anchor": "middle" }, "change of the answer"));

  frame(
    el,
    make("fieldset", {}, make("legend", {}, "The reader"), ...pills.map(([, , label]) => label)),
    row,
    verdict,
    make("div", { class: "attn-carry-buttons" },
      button("Shuffle all weights", () => set({ draw: model.get("draw") + 1, alike: false, order: [] })),
      button("All weights alike", () => set({ alike: true, order: [] })),
      button("Next remark", () => set({ at: (model.get("at") + 1) % remarks.length, order: [] })),
      button("Reset", () => set(start))),
    svg,
    spoken,
    make("details", {}, make("summary", {}, "The numbers as a table"), make("div", { class: "attn-scroll" }, table)),
  );

  let slots = [];
  let held = null; // the word whose weight a finger or the mouse holds
  let chosen = 0;

  function exchange(i, j) {
    const n = slots.length;
    const old = model.get("order");
    const order = old.length === n ? [...old] : [...Array(n).keys()];
    [order[i], order[j]] = [order[j], order[i]];
    chosen = j;
    set({ order });
  }

  function slot(i) {
    const parts = { bar: make("span", { class: "bar" }), share: make("span", { class: "share" }), word: make("span", { class: "word" }), alone: make("span", { class: "alone" }) };
    const node = make("button", { type: "button", class: "attn-carry", "data-place": i }, make("span", { class: "column", "aria-hidden": "true" }, parts.bar), parts.share, " ", parts.word, " ", parts.alone);
    node.dataset.lmSuppressShortcuts = "true";
    node.addEventListener("pointerdown", (event) => {
      held = i;
      chosen = i;
      node.setPointerCapture(event.pointerId);
      show_chosen();
    });
    node.addEventListener("pointermove", (event) => {
      if (held === null || !node.hasPointerCapture(event.pointerId)) return;
      const under = document.elementFromPoint(event.clientX, event.clientY)?.closest?.(".attn-carry");
      if (!under || under.parentNode !== row) return;
      const to = Number(under.dataset.place);
      if (to === held) return;
      exchange(held, to);
      held = to;
    });
    for (const end of ["pointerup", "pointercancel"]) node.addEventListener(end, () => (held = null));
    node.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const to = Math.max(0, Math.min(slots.length - 1, i + step));
      if (to === i) return;
      if (event.shiftKey) exchange(i, to);
      else chosen = to;
      show_chosen();
      slots[to].node.focus();
    });
    return { node, ...parts };
  }

  const show_chosen = () => slots.forEach((s, i) => (s.node.tabIndex = i === chosen ? 0 : -1));

  const say = announcer(spoken, 300);

  function draw() {
    const now = state();
    const reader = readers[model.get("reader")];
    const found = answers(reader, now);
    const { words, praise: is } = remarks[now.at];
    const here = found[now.at];
    if (slots.length !== words.length) {
      slots = words.map((_, i) => slot(i));
      row.replaceChildren(...slots.map((s) => s.node));
      chosen = Math.min(chosen, words.length - 1);
    }
    show_chosen();
    slots.forEach((s, i) => {
      const w = here.weights[i];
      const p = praise([1], [reader.alone[now.at][i]]);
      s.word.textContent = words[i];
      s.share.textContent = show(w);
      s.bar.style.height = `${(100 * w).toFixed(1)}%`;
      s.alone.textContent = p > 0.5 ? `praise ${show(p)}` : `blame ${show(1 - p)}`;
      s.alone.classList.toggle("right", p > 0.5 === Boolean(is));
    });
    const said = (p) => (p > 0.5 ? `praise, ${show(p)}` : `blame, ${show(1 - p)}`);
    verdict.innerHTML = `It is <b>${is ? "praise" : "blame"}</b>. The reader says <b class="attn-output">${said(here.now)}</b>; with its own weights it says ${said(here.before)}. Change: <b>${show(here.change)}</b>.`;
    const middle = medians(found, remarks);
    for (const { name, middle: y, made, bar } of dots) {
      for (const [i, node] of made) {
        node.setAttribute("cx", x(found[i].change));
        node.classList.toggle("chosen", i === now.at);
      }
      bar.setAttribute("d", `M${x(middle[name])} ${y - 23}V${y + 23}`);
    }
    for (const [name, input] of pills) input.checked = name === model.get("reader");
    const head = ["remark", "class", "praise, as trained", "praise, now", "change"];
    table.replaceChildren(
      make("thead", {}, make("tr", {}, ...head.map((t) => make("th", { scope: "col" }, t)))),
      make("tbody", {}, ...found.map((f, i) => make("tr", {}, make("th", { scope: "row" }, remarks[i].words.join(" ")), make("td", {}, remarks[i].praise ? "praise" : "blame"), ...[f.before, f.now, f.change].map((n) => make("td", {}, n.toFixed(3)))))),
    );
    const what = now.alike ? "All words are read alike" : now.draw ? `Shuffle ${now.draw}` : now.order.length ? "Weights of this remark are exchanged" : "The trained weights";
    say(`${what}. Median change: blame ${show(middle.blame)}, praise ${show(middle.praise)}, both together ${show(middle.pooled)}.`);
  }
  const watched = "change:reader change:at change:draw change:alike change:order";
  model.on(watched, draw);
  draw();
  return () => model.off(watched, draw);
}

export default { render };
