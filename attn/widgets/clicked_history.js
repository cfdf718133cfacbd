// Who counts what somebody bought? The mathematics is in the exported functions: twins of
// attn.experiments.clicks.Clicker, in float64.

/** Everything that a model needs, made once from its packed parameters. */
export function prepare(numbers) {
  const list = (name) => Array.from(unpack(numbers[name]));
  const linear = (name) => ({ W: rows(numbers[`${name}.weight`]), b: list(`${name}.bias`) });
  return { embedding: rows(numbers["embedding.weight"]), hidden: linear("unit.W"), score: linear("unit.v"), first: linear("out.0"), last: linear("out.2") };
}

const times = ({ W, b }, x) => W.map((row, i) => dot(row, x) + b[i]);
const relu = (x) => x.map((v) => Math.max(0, v));
const product = (x, y) => x.map((v, i) => v * y[i]);

/** How likely a click on the candidate is, and the weights of the history's things. */
export function judge(model, arm, candidate, history) {
  const c = model.embedding[candidate];
  const items = history.map((thing) => model.embedding[thing]);
  const scores = items.map((e) => times(model.score, relu(times(model.hidden, [...e, ...c, ...product(e, c)])))[0]);
  const weights = arm === "softmax" && scores.length ? softmax(scores) : scores;
  const read = c.map((_, i) => weights.reduce((sum, w, j) => sum + w * items[j][i], 0));
  const [score] = times(model.last, relu(times(model.first, [...read, ...c, ...product(read, c)])));
  return { weights, probability: 1 / (1 + Math.exp(-score)) };
}

/** As `judge`, from the parameters as they are packed. */
export function judged(numbers, arm, candidate, history) {
  return judge(prepare(numbers), arm, candidate, history);
}

/** σ(1.5 n - 4): the twin of attn.data.clicks.click_probability. */
export function truth(matching) {
  return 1 / (1 + Math.exp(4 - 1.5 * matching));
}

const show = (x) => x.toFixed(2).replace("-", "−").replace(/^(−?)0\./, "$1.");
const SHORTEST = 4; // attn.data.clicks
const ARMS = ["softmax", "unnormalised"];

function render({ model, el }) {
  const models = Object.fromEntries(ARMS.map((arm) => [arm, prepare(model.get("numbers")[arm])]));
  const [things, kinds, each] = ["things", "kinds", "each"].map((name) => model.get(name));
  const traits = ["bought", "candidate", "shown"];
  const start = traits.map((name) => [name, model.get(name)]);
  const kind = (thing) => Math.floor(thing / each);

  function keep(name, value) {
    model.set(name, value);
    model.save_changes();
  }
  const button = (text, press) => {
    const node = make("button", { type: "button" }, text);
    node.addEventListener("click", press);
    return node;
  };
  const candidates = kinds.map((_, k) => button(things[k * each], () => keep("candidate", k * each)));
  const ways = ARMS.map((arm) => button(arm, () => keep("shown", arm)));
  const cards = things.map((name, i) => {
    if (i % each === 0) return null; // what may be clicked is not in the history
    const bar = make("span", { class: "attn-bar" });
    const number = make("span", { class: "number" });
    const node = make("button", { type: "button", class: "card" }, make("span", {}, name), " ", number, make("span", { class: "track" }, bar));
    node.addEventListener("click", () => keep("bought", model.get("bought").map((b, j) => (j === i ? !b : b))));
    node.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const line = cards.filter(Boolean).map((card) => card.node);
      line[(line.indexOf(node) + step + line.length) % line.length].focus();
    });
    return { node, bar, number };
  });
  const groups = kinds.map((name, k) => make("div", { class: "kind", role: "group", "aria-label": name },
    make("span", { class: "title" }, name), ...cards.slice(k * each, (k + 1) * each).filter(Boolean).map(({ node }) => node)));
  const lines = [...ARMS, "truth"].map((name) => {
    const [sum, number] = [make("td"), make("td")];
    const bar = make("span", { class: `bar ${name}` });
    const row = make("tr", {}, make("th", { scope: "row" }, name === "truth" ? "true" : name), sum, number, make("td", { class: "gauge" }, make("span", { class: "track" }, bar)));
    return { row, sum, number, bar };
  });
  const head = ["", "sum of weights", "click", ""].map((text) => (text ? make("th", { scope: "col" }, text) : make("td")));
  const reset = make("button", { type: "button" }, "Reset");
  const spoken = make("p", { "aria-live": "polite" });
  const root = frame(make("div", { class: "attn-clicked" }),
    make("div", { class: "attn-row" }, make("fieldset", {}, make("legend", {}, "on offer"), ...candidates),
      make("fieldset", {}, make("legend", {}, "weights drawn"), ...ways), reset),
    make("div", { class: "history", role: "group", "aria-label": "The history: press a thing to put it in or to take it out" }, ...groups),
    make("table", { class: "attn-verdicts" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...lines.map(({ row }) => row))),
    spoken);

  function draw() {
    const [bought, candidate, shown] = traits.map((name) => model.get(name));
    const history = things.flatMap((_, i) => (bought[i] ? [i] : []));
    const matching = history.filter((i) => kind(i) === kind(candidate)).length;
    const said = Object.fromEntries(ARMS.map((arm) => [arm, judge(models[arm], arm, candidate, history)]));
    candidates.forEach((node, k) => node.setAttribute("aria-pressed", k * each === candidate));
    ways.forEach((node, k) => node.setAttribute("aria-pressed", ARMS[k] === shown));
    groups.forEach((node, k) => node.classList.toggle("asked", k === kind(candidate)));
    cards.forEach((card, i) => {
      if (!card) return;
      const w = bought[i] ? said[shown].weights[history.indexOf(i)] : 0;
      card.node.setAttribute("aria-pressed", bought[i]);
      card.number.textContent = bought[i] ? show(w) : "";
      card.bar.style.width = `${Math.min(100, 100 * Math.abs(w))}%`;
      card.bar.classList.toggle("negative", w < 0);
    });
    const true_ = truth(matching);
    [...ARMS.map((arm) => said[arm].probability), true_].forEach((p, k) => {
      lines[k].number.textContent = show(p);
      lines[k].bar.style.width = `${100 * p}%`;
      lines[k].sum.textContent = k < ARMS.length ? show(said[ARMS[k]].weights.reduce((a, w) => a + w, 0)) : "–";
    });
    const of = `${matching} of ${history.length} thing${history.length === 1 ? "" : "s"}`;
    say(`For the ${things[candidate]}, ${of} match${matching === 1 ? "es" : ""}. The softmax says ${show(said.softmax.probability)}, unnormalised weights say ${show(said.unnormalised.probability)}; the truth is ${show(true_)}.` +
      (history.length < SHORTEST ? " So short a history was never in training." : ""));
  }

  const say = announcer(spoken);

  resets(reset, model, start, draw);
  return live(model, el, root, traits, draw);
}

export default { render };
