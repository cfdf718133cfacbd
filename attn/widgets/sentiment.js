// A small classifier that reads what one types. The mathematics is in the exported functions above
// `render`: twins of attn.classifier with a GRU and attention pooling, in float64.

/** Everything a reading needs, made once: `model` holds `words` and packed `numbers`. */
export function prepare({ words, numbers }) {
  const list = (name) => Array.from(unpack(numbers[name]));
  const direction = (suffix) => ({
    W: rows(numbers[`encoder.rnn.weight_ih_l0${suffix}`]),
    U: rows(numbers[`encoder.rnn.weight_hh_l0${suffix}`]),
    b: list(`encoder.rnn.bias_ih_l0${suffix}`),
    c: list(`encoder.rnn.bias_hh_l0${suffix}`),
  });
  return {
    // Padding, begin, end and the unknown word come first: see attn.data.vocabulary.
    numbers: new Map(words.split(" ").map((word, i) => [word, i + 4])),
    embedding: rows(numbers["encoder.embedding.0.weight"]),
    forwards: direction(""),
    backwards: direction("_reverse"),
    W: rows(numbers["pool.read.W.weight"]),
    b: list("pool.read.W.bias"),
    q: list("pool.read.q"),
    out: list("out.weight"),
    bias: list("out.bias")[0],
  };
}

/** Lower-case words of letters and apostrophes: the twin of attn.data.sentiment.tokenise. */
export function tokenise(text) {
  return text.toLowerCase().replaceAll("’", "'").match(/[a-z']+/g) ?? [];
}

const times = (M, x) => M.map((row) => dot(row, x));
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** The states of a GRU over the vectors xs, as PyTorch defines it, from a state of zeros. */
function gru({ W, U, b, c }, xs) {
  const n = U[0].length;
  let h = Array(n).fill(0);
  return xs.map((x) => {
    const [i, s] = [times(W, x), times(U, h)];
    const gate = (k, j) => sigmoid(i[k * n + j] + b[k * n + j] + s[k * n + j] + c[k * n + j]);
    h = h.map((old, j) => {
      const fresh = Math.tanh(i[2 * n + j] + b[2 * n + j] + gate(0, j) * (s[2 * n + j] + c[2 * n + j]));
      return fresh + gate(1, j) * (old - fresh);
    });
    return h;
  });
}

/** Score and weights of a list of words; one without words is one unknown word. */
export function read(reader, words) {
  const tokens = words.length ? words.map((word) => reader.numbers.get(word) ?? 3) : [3];
  const xs = tokens.map((token) => reader.embedding[token]);
  const there = gru(reader.forwards, xs);
  const back = gru(reader.backwards, [...xs].reverse()).reverse();
  const h = there.map((state, t) => [...state, ...back[t]]);
  const u = h.map((x) => times(reader.W, x).map((y, j) => Math.tanh(y + reader.b[j])));
  const weights = softmax(u.map((key) => dot(key, reader.q)));
  const pooled = h[0].map((_, j) => weights.reduce((sum, w, t) => sum + w * h[t][j], 0));
  return { score: dot(reader.out, pooled) + reader.bias, weights: words.length ? weights : [] };
}

/** How much the score falls when each word alone is struck out: attn.highlights.erasure. */
export function erasure(reader, words) {
  if (words.length < 2) return words.map(() => 0);
  const { score } = read(reader, words);
  return words.map((_, i) => score - read(reader, words.filter((_, j) => j !== i)).score);
}

const LIMIT = 40; // words: more would not fit, and the reader never saw so many
const sign = (x, digits = 2) => {
  const size = Math.abs(x).toFixed(digits);
  return `${Number(size) === 0 ? "" : x < 0 ? "−" : "+"}${size}`;
};
const share = (x) => x.toFixed(2).replace(/^0/, "");
const largest = (list) => list.reduce((best, x, i) => (x > list[best] ? i : best), 0);

/** What a reading says, in words. */
export function verdict(score) {
  const p = sigmoid(score);
  return p >= 0.5 ? `praise, ${share(p)}` : `a complaint, ${share(1 - p)}`;
}

/** The sentence under the words: who has the weight, who moves the score. */
export function summary(words, weights, moved) {
  if (!words.length) return "No word is left to read.";
  const top = largest(weights);
  if (words.length < 2) return `“${words[0]}” stands alone: its weight is 1, whatever it says.`;
  const strong = largest(moved.map(Math.abs));
  const read = `Most weight: “${words[top]}”, ${share(weights[top])}.`;
  return strong === top
    ? `${read} It is also the word that moves the score most: striking it out changes the score by ${sign(-moved[top])}.`
    : `${read} But the word that moves the score most is “${words[strong]}”, with a weight of ${share(weights[strong])}: ` +
        `striking it out changes the score by ${sign(-moved[strong])}.`;
}

function render({ model, el }) {
  const reader = prepare(model.get("model"));
  const start = { text: model.get("text"), struck: model.get("struck") };
  const known = (word) => reader.numbers.has(word);

  const picks = model.get("examples").map((text) => {
    const button = make("button", { type: "button", "aria-pressed": "false" }, text);
    button.addEventListener("click", () => put({ text, struck: [] }));
    return button;
  });
  const input = make("input", { type: "text", maxlength: 240, autocomplete: "off", spellcheck: "false" });
  const reset = make("button", { type: "button" }, "Reset");
  const line = make("div", { class: "attn-words", role: "group", "aria-label": "The words, each with its weight and what the score does without it: press one to strike it out" });
  const legend = make("p", { class: "attn-legend" }, "Below each word its ",
    make("span", { class: "attn-weight" }, "weight"), ", and how far the score moves without it.");
  const scale = make("div", { class: "attn-verdict" });
  const said = make("p", {});
  const spoken = make("p", { class: "attn-spoken", "aria-live": "polite" });
  const body = make("tbody");
  const head = make("tr", {}, ...["word", "weight", "without it, the score moves by"].map((t) => make("th", { scope: "col" }, t)));
  const needle = make("span", { class: "attn-needle" });
  const meter = make("div", { class: "attn-meter", "aria-hidden": "true" }, needle);
  scale.append(make("span", {}, "complaint"), meter, make("span", {}, "praise"));
  const root = frame(make("div", { class: "attn-sentiment" }),
    make("fieldset", {}, make("legend", {}, "A sentence"), ...picks),
    make("div", { class: "attn-row" },
      make("label", { class: "attn-typed" }, "or your own ", input), reset),
    line, legend, scale, said,
    make("details", {}, make("summary", {}, "The numbers as a table"),
      make("table", {}, make("thead", {}, head), body)),
    spoken);

  function put(changes) {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
    draw();
  }

  let chips = [];
  /** One button a word; kept while the sentence stays, so that the focus stays too. */
  function lay(words) {
    if (chips.length === words.length && words.every((word, i) => chips[i].word === word)) return;
    chips = words.map((word, i) => {
      const weight = make("span", { class: "attn-share attn-weight" });
      const effect = make("span", { class: "attn-effect" });
      const button = make("button", { type: "button", class: known(word) ? "" : "unknown" },
        make("span", { class: "attn-said" }, word), " ", weight, " ", effect);
      if (!known(word)) button.title = "unknown to the reader";
      button.dataset.lmSuppressShortcuts = "true";
      button.addEventListener("click", () => {
        const struck = model.get("struck");
        put({ struck: struck.includes(i) ? struck.filter((j) => j !== i) : [...struck, i].sort((a, b) => a - b) });
      });
      button.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        chips[(i + step + chips.length) % chips.length].button.focus();
      });
      return { word, button, weight, effect };
    });
    line.replaceChildren(...chips.map(({ button }) => button));
  }

  function draw() {
    const text = model.get("text");
    const words = tokenise(text).slice(0, LIMIT);
    const struck = new Set(model.get("struck").filter((i) => i < words.length));
    const left = words.flatMap((_, i) => (struck.has(i) ? [] : [i]));
    const kept = left.map((i) => words[i]);
    const { score, weights } = read(reader, kept);
    const moved = erasure(reader, kept);
    const at = new Map(left.map((i, k) => [i, k]));
    if (input.value !== text && document.activeElement !== input) input.value = text;
    picks.forEach((button) => button.setAttribute("aria-pressed", button.textContent === text));
    lay(words);
    chips.forEach(({ word, button, weight, effect }, i) => {
      const k = at.get(i);
      const out = k === undefined;
      button.style.setProperty("--w", out ? 0 : weights[k]);
      button.setAttribute("aria-pressed", out);
      weight.textContent = out ? "–" : share(weights[k]);
      effect.textContent = out ? "out" : sign(-moved[k], 1);
    });
    needle.style.left = `${100 * sigmoid(score)}%`;
    said.replaceChildren("The verdict: ", make("b", { class: "attn-output" }, verdict(score)),
      ` (score ${sign(score)}). ${summary(kept, weights, moved)}`);
    body.replaceChildren(...left.map((i, k) =>
      make("tr", {}, make("th", { scope: "row" }, words[i] + (known(words[i]) ? "" : " (unknown)")),
        make("td", {}, weights[k].toFixed(3)), make("td", {}, sign(-moved[k])))));
    say(said.textContent);
  }

  const say = announcer(spoken, 600);

  input.value = start.text;
  input.addEventListener("input", () => {
    model.set("struck", []);
    model.set("text", input.value);
    draw();
  });
  input.addEventListener("change", () => model.save_changes());
  reset.addEventListener("click", () => {
    input.value = start.text;
    put(start);
  });
  return live(model, el, root, ["text", "struck"], draw);
}

export default { render };
