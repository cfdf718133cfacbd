// A key-value cache filling up. What is counted is in the exported function; the rest draws.

const H = 8; // query heads
const MODEL = { depth: 32, d: 128, bytes: 2 }; // the model whose memory is told

/** What the step that wrote the T-th word computed and read, and what all steps so far did. Vectors
 *  are keys and values together; scores are one for each query head and position. */
export function counts(T, Hkv, cache) {
  const [all, steps] = [2 * Hkv * T, (T * (T + 1)) / 2];
  return {
    computed: T ? (cache ? 2 * Hkv : all) : 0,
    read: all,
    held: cache ? all : 0,
    computedSoFar: cache ? all : 2 * Hkv * steps,
    scores: H * T,
  };
}

/** The bytes of the cache: the twin of attn.cache.cache_bytes. */
export function bytes(B, T, depth, Hkv, d, each) {
  return 2 * B * T * depth * Hkv * d * each;
}

/** Bytes for people. */
export function size(n) {
  for (const [unit, name] of [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]])
    if (n >= unit) return `${Number((n / unit).toFixed(2))} ${name}`;
  return `${n} bytes`;
}

const set = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
};
const [LEFT, STEP, CELL] = [92, 40, 13];
const [QUERIES, KEYS, VALUES] = [14, 42, 164]; // where each block begins
const BLOCK = H * CELL;
const FOOT = VALUES + BLOCK;

function render({ model, el }) {
  const words = model.get("words");
  const names = ["T", "Hkv", "cache"];
  const start = names.map((name) => [name, model.get(name)]);
  const right = LEFT + STEP * words.length;
  const text = (attributes, said = "") => make("svg:text", attributes, said);
  const x = (t) => LEFT + STEP * t;

  const svg = make("svg:svg", { viewBox: `0 0 ${right + 20} ${FOOT + 102}`, role: "group", "aria-label": "Keys and values of each word and head" });
  const column = make("svg:rect", { class: "now", y: 2, width: STEP - 4, height: FOOT + 6, rx: 6 });
  const queries = [...Array(H).keys()].map((h) => make("svg:rect", { class: "query", width: 3.4, height: 16, y: QUERIES - 6, rx: 1 }));
  const cells = make("svg:g", {});
  const said = words.map((word, t) => text({ class: "word", transform: `translate(${x(t) + STEP / 2 + 4} ${FOOT + 20}) rotate(-40)`, "text-anchor": "end" }, word));
  const head = make("svg:g", {}, make("svg:rect", { class: "grip", x: -24, y: -8, width: 48, height: 48, rx: 8 }), make("svg:path", { class: "head", d: "M0 2L12 24H-12Z" }));
  svg.append(column, ...queries, text({ class: "note", x: 4, y: QUERIES + 7 }, "queries"), text({ class: "note key", x: 4, y: KEYS + BLOCK / 2 + 5 }, "keys"),
    text({ class: "note value", x: 4, y: VALUES + BLOCK / 2 + 5 }, "values"), cells, ...said, head);

  const group = `heads-${Math.random().toString(36).slice(2)}`;
  const radios = [8, 4, 2, 1].map((n) => make("input", { type: "radio", name: group, value: n }));
  const keep = make("input", { type: "checkbox" });
  const write1 = make("button", { type: "button" }, "Write a word");
  const reset = make("button", { type: "button" }, "Reset");
  const table = make("table", { class: "attn-table" });
  const memory = make("p", { class: "memory" });
  const spoken = make("p", { class: "attn-spoken", "aria-live": "polite" });
  const root = frame(make("div", { class: "attn-cache" }),
    make("div", { class: "attn-row" },
      make("fieldset", {}, make("legend", {}, "heads of keys and values, for 8 of queries"), ...radios.map((r) => make("label", { class: "attn-pill" }, r, r.value))),
      make("label", { class: "attn-pill" }, keep, "keep what was computed")),
    svg, make("div", {}, write1, " ", reset),
    make("div", { class: "attn-scroll" }, table), memory, spoken);

  function change(name, value, save = true) {
    model.set(name, value);
    draw();
    if (save) model.save_changes();
  }
  const put = (T, save) => change("T", Math.min(words.length, Math.max(0, T)), save);
  write1.addEventListener("click", () => put(model.get("T") + 1));
  slider(svg, head, {
    label: "words written",
    drag: (point) => put(Math.round((point.x - LEFT) / STEP + 0.5), false),
    press(key) {
      const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[key];
      if (by) put(model.get("T") + by);
      if (key === "Home") put(0);
      if (key === "End") put(words.length);
      return Boolean(by) || key === "Home" || key === "End";
    },
  });
  head.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  head.addEventListener("lostpointercapture", () => model.save_changes());
  for (const radio of radios) radio.addEventListener("change", () => change("Hkv", Number(radio.value)));
  keep.addEventListener("change", () => change("cache", keep.checked));

  function draw() {
    const [T, Hkv, cache] = names.map((name) => model.get(name));
    const tall = BLOCK / Hkv;
    const boxes = [];
    for (const [kind, top] of [["key", KEYS], ["value", VALUES]])
      for (let t = 0; t < words.length; t++)
        for (let h = 0; h < Hkv; h++) {
          const state = t >= T ? "empty" : t === T - 1 || !cache ? "new" : "held";
          boxes.push(make("svg:rect", { class: `cell ${kind} ${state}`, x: x(t) + 3, y: top + tall * h + 1, width: STEP - 10, height: tall - 2, rx: 3 }));
        }
    cells.replaceChildren(...boxes);
    // Query heads that share are put together.
    queries.forEach((q, h) => {
      q.style.display = T ? "" : "none";
      set(q, { x: x(T - 1) + 1 + 3.5 * h + (6 * Math.floor((h * Hkv) / H)) / Math.max(1, Hkv - 1) });
    });
    column.style.display = T ? "" : "none";
    set(column, { x: x(T - 1) });
    said.forEach((word, t) => (word.style.opacity = t < T ? 1 : 0.55));
    set(head, { transform: `translate(${x(T) - STEP / 2 - 2} ${FOOT + 66})`, "aria-valuemin": 0, "aria-valuemax": words.length, "aria-valuenow": T, "aria-valuetext": `${T} of ${words.length} words` });
    for (const radio of radios) radio.checked = Number(radio.value) === Hkv;
    keep.checked = cache;
    write1.disabled = T === words.length;
    write(T, Hkv, cache);
  }

  function write(T, Hkv, cache) {
    const c = counts(T, Hkv, cache);
    const lines = [
      ["keys and values computed in this step", c.computed],
      ["… in all steps so far", c.computedSoFar],
      ["keys and values read in this step", c.read],
      ["scores computed in this step", c.scores],
      ["keys and values held between steps", c.held],
    ];
    table.replaceChildren(make("tbody", {}, ...lines.map(([name, n]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, `${n}`)))));
    const { depth, d, bytes: each } = MODEL;
    memory.textContent = `With ${depth} such layers and heads ${d} wide, in 16 bits, a text of 32,768 words would hold ` +
      `${size(cache ? bytes(1, 32768, depth, Hkv, d, each) : 0)}.`;
    say(T ? `${T} ${T === 1 ? "word" : "words"} written, ${Hkv} ${Hkv === 1 ? "head" : "heads"} of keys and values. The last step computed ${c.computed} vectors and read ${c.read}; ${c.held} are held.` : "Nothing is written yet.");
  }

  const say = announcer(spoken, 300);

  resets(reset, model, start, draw);
  return live(model, el, root, names, draw);
}

export default { render };
