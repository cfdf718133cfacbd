// Masked words and a small BERT's guesses. The mathematics is in the exported functions above
// `render`: twins of attn.families.BERT, in float64.

const HEADS = 4; // attn.masked_reader.SIZES
const EPS = 1e-12;
const KNOWN = ["<pad>", "<begin>", "<end>", "<unknown>"]; // come first: attn.data.vocabulary
const MASK = "<mask>";

/** Everything that reading needs, made once: `model` holds `words` and packed `numbers`. */
export function prepare({ words, numbers }) {
  const list = (name) => Array.from(unpack(numbers[name]));
  const linear = (name) => ({ W: rows(numbers[`${name}.weight`]), b: list(`${name}.bias`) });
  const norm = (name) => ({ gain: list(`${name}.gain`), bias: list(`${name}.bias`) });
  const depth = Object.keys(numbers).filter((name) => name.endsWith("attend.W_q.weight")).length;
  const block = (i) => {
    const part = (kind, name) => kind(`blocks.${i}.${name}`);
    return {
      Q: part(linear, "attend.W_q"), K: part(linear, "attend.W_k"), V: part(linear, "attend.W_v"), O: part(linear, "attend.W_o"),
      first: part(linear, "feed.W_1"), second: part(linear, "feed.W_2"),
      afterAttention: part(norm, "around_attention.norm"), afterFeed: part(norm, "around_feed.norm"),
    };
  };
  const all = [...KNOWN, ...words.split(" ")];
  return {
    words: all,
    numbers: new Map(all.map((word, i) => [word, i])),
    embedding: rows(numbers["embedding.weight"]),
    segment: rows(numbers["segments.weight"])[0],
    positions: rows(numbers["positions.table"]),
    norm: norm("norm"),
    blocks: Array.from({ length: depth }, (_, i) => block(i)),
    turn: linear("turn"),
    turned: norm("turned"),
    bias: list("bias"),
  };
}

const times = ({ W, b }, x) => W.map((row, i) => dot(row, x) + b[i]);
const plus = (x, y) => x.map((a, i) => a + y[i]);

/** The error function to 2e-7 (Abramowitz and Stegun 7.1.26). */
export function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - poly * Math.exp(-x * x));
}

const gelu = (x) => (x / 2) * (1 + erf(x / Math.SQRT2));

function layerNorm({ gain, bias }, x) {
  const mean = x.reduce((sum, a) => sum + a, 0) / x.length;
  const variance = x.reduce((sum, a) => sum + (a - mean) ** 2, 0) / x.length;
  return x.map((a, i) => (gain[i] * (a - mean)) / Math.sqrt(variance + EPS) + bias[i]);
}

/** Every position reads all positions, in heads. */
function attend({ Q, K, V, O }, X) {
  const [q, k, v] = [Q, K, V].map((map) => X.map((x) => times(map, x)));
  const d = q[0].length / HEADS;
  const part = (x, h) => x.slice(h * d, (h + 1) * d);
  return q.map((query) => {
    const read = Array.from({ length: HEADS }, (_, h) => {
      const weights = softmax(k.map((key) => dot(part(query, h), part(key, h)) / Math.sqrt(d)));
      return Array.from({ length: d }, (_, i) => weights.reduce((sum, w, t) => sum + w * v[t][h * d + i], 0));
    });
    return times(O, read.flat());
  });
}

/** For each position the probability of every word of the vocabulary: words in, rows out. */
export function chances(reader, words) {
  let X = words.map((word, t) => {
    const token = reader.embedding[reader.numbers.get(word) ?? 3];
    return layerNorm(reader.norm, plus(plus(token, reader.segment), reader.positions[t]));
  });
  for (const block of reader.blocks) {
    const read = attend(block, X);
    X = X.map((x, t) => layerNorm(block.afterAttention, plus(x, read[t])));
    X = X.map((x) => layerNorm(block.afterFeed, plus(x, times(block.second, times(block.first, x).map(gelu)))));
  }
  return X.map((x) => {
    const said = layerNorm(reader.turned, times(reader.turn, x).map(gelu));
    return softmax(reader.embedding.map((word, i) => dot(word, said) + reader.bias[i]));
  });
}

/** As `chances`, from the model as it is packed. */
export function chancesOf(model, words) {
  return chances(prepare(model), words);
}

/** The n likeliest words of a row of chances, as [word, chance]. */
export function best(reader, row, n) {
  return row.map((p, i) => [reader.words[i], p]).sort((a, b) => b[1] - a[1]).slice(0, n);
}

const share = (p) => (p >= 0.9995 ? "1.00" : p.toFixed(2).replace(/^0/, ""));

function render({ model, el }) {
  const reader = prepare(model.get("model"));
  const start = ["text", "hidden"].map((name) => [name, model.get(name)]);
  const n = model.get("shown");

  const picks = model.get("examples").map((text) => {
    const button = make("button", { type: "button" }, text);
    button.addEventListener("click", () => put({ text, hidden: [] }));
    return button;
  });
  const everything = make("button", { type: "button" }, "Mask all");
  const nothing = make("button", { type: "button" }, "Mask none");
  const reset = make("button", { type: "button" }, "Reset");
  const line = make("div", { class: "attn-sentence", role: "group", "aria-label": "The words: press one to mask it, or to show it again" });
  const cards = make("div", { class: "attn-cards" });
  const spoken = make("p", { class: "attn-spoken", "aria-live": "polite" });
  const body = make("tbody");
  const head = ["place", "word", ...Array.from({ length: n }, (_, i) => `guess ${i + 1}`)].map((t) => make("th", { scope: "col" }, t));
  const root = frame(make("div", { class: "attn-masked" }),
    make("fieldset", {}, make("legend", {}, "A sentence"), ...picks),
    line, make("div", { class: "attn-row" }, everything, nothing, reset), cards,
    make("details", {}, make("summary", {}, "The numbers as a table"),
      make("div", { class: "attn-scroll" }, make("table", {}, make("thead", {}, make("tr", {}, ...head)), body))),
    spoken);

  function put(changes) {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
    draw();
  }
  const words = () => model.get("text").split(" ");
  const hide = (places) => put({ hidden: [...places].sort((a, b) => a - b) });
  everything.addEventListener("click", () => hide(words().keys()));
  nothing.addEventListener("click", () => hide([]));
  reset.addEventListener("click", () => put(Object.fromEntries(start)));

  let chips = [];
  /** One button a word; kept while their number stays, so that the focus stays too. */
  function lay(list) {
    if (chips.length === list.length) return;
    chips = list.map((_, i) => {
      const button = make("button", { type: "button" });
      button.dataset.lmSuppressShortcuts = "true";
      button.addEventListener("click", () => {
        const hidden = model.get("hidden");
        hide(hidden.includes(i) ? hidden.filter((j) => j !== i) : [...hidden, i]);
      });
      button.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        chips[(i + step + chips.length) % chips.length].focus();
      });
      return button;
    });
    line.replaceChildren(...chips);
  }

  /** What the model guesses at one masked place; pressing a guess puts it there. */
  function card(list, place, guesses) {
    const items = guesses.map(([word, p]) => {
      const button = make("button", { type: "button", "aria-label": `${word}, ${share(p)}: put it in` },
        make("span", { class: "attn-guess" }, word), make("span", { class: "attn-chance attn-output" }, share(p)));
      button.style.setProperty("--p", p);
      button.dataset.lmSuppressShortcuts = "true";
      if (word === list[place]) button.classList.add("true");
      button.addEventListener("click", () => {
        const text = list.map((old, i) => (i === place ? word : old)).join(" ");
        put({ text, hidden: model.get("hidden").filter((i) => i !== place) });
        chips[place].focus();
      });
      return make("li", {}, button);
    });
    return make("section", { "aria-label": `Guesses for word ${place + 1}` },
      make("p", {}, `word ${place + 1} was “${list[place]}”`), make("ol", {}, ...items));
  }

  function draw() {
    const list = words();
    const hidden = model.get("hidden").filter((i) => i < list.length);
    const seen = list.map((word, i) => (hidden.includes(i) ? MASK : word));
    const table = chances(reader, seen);
    const guesses = new Map(hidden.map((i) => [i, best(reader, table[i], n)]));
    picks.forEach((button) => button.setAttribute("aria-pressed", button.textContent === model.get("text")));
    lay(list);
    chips.forEach((button, i) => {
      const masked = hidden.includes(i);
      button.textContent = masked ? "▢" : list[i];
      button.setAttribute("aria-pressed", masked);
      button.setAttribute("aria-label", masked ? `word ${i + 1}, masked` : list[i]);
    });
    cards.replaceChildren(...hidden.map((i) => card(list, i, guesses.get(i))));
    body.replaceChildren(...hidden.map((i) => make("tr", {}, make("th", { scope: "row" }, `${i + 1}`), make("td", {}, list[i]),
      ...guesses.get(i).map(([word, p]) => make("td", {}, `${word} ${p.toFixed(3)}`)))));
    say(hidden.length
      ? hidden.map((i) => `Word ${i + 1}: ${guesses.get(i).slice(0, 2).map(([word, p]) => `“${word}” ${share(p)}`).join(", then ")}.`).join(" ")
      : "No word is masked. Press one.");
  }

  const say = announcer(spoken);

  return live(model, el, root, ["text", "hidden"], draw);
}

export default { render };
