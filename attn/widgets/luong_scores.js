// Four scores on one sentence. The mathematics is in the exported functions; the rest draws.

/** The weights of one French word: the softmax of its scores over the English words. */
export function weights(scores) {
  return softmax(scores);
}

/** The English position with the largest score. */
export function looksAt(scores) {
  return scores.indexOf(Math.max(...scores));
}

/** Of the French words that surely translate something: how many looked at a word they may
 *  translate, and how many there are. The twin of attn.experiments.luong.pointing. */
export function pointing(table, sure, possible) {
  const asked = [...new Set(sure.map(([i]) => i))];
  const right = asked.filter((i) => possible.some(([k, j]) => k === i && j === looksAt(table[i])));
  return [right.length, asked.length];
}

const FORMULAS = {
  dot: "h<sub>t</sub><sup>⊤</sup> h̄<sub>s</sub>",
  general: "h<sub>t</sub><sup>⊤</sup> W<sub>a</sub> h̄<sub>s</sub>",
  concat: "v<sub>a</sub><sup>⊤</sup> tanh(W<sub>a</sub> [h<sub>t</sub>; h̄<sub>s</sub>])",
  location: "(W<sub>a</sub> h<sub>t</sub>)<sub>s</sub>",
};
const show = (x, digits = 2) => x.toFixed(digits).replace("-", "−");
const END = "(end)";

function render({ model, el }) {
  const sentences = model.get("sentences");
  const start = ["score", "sentence", "word"].map((name) => [name, model.get(name)]);
  const names = Object.keys(FORMULAS).filter((name) => name in sentences[0].scores);

  const buttons = names.map((name) => {
    const node = make("button", { type: "button" }, name);
    node.addEventListener("click", () => change("score", name));
    return node;
  });
  const choose = make("select", { "aria-label": "sentence" },
    ...sentences.map(({ english }, i) => make("option", { value: i }, english.join(" "))));
  choose.addEventListener("change", () => {
    model.set("word", 0);
    change("sentence", Number(choose.value));
  });
  const reset = make("button", { type: "button" }, "Reset");
  const table = make("table", { class: "attn-matrix" });
  const formula = make("p");
  const detail = make("table", { class: "attn-table" });
  const verdict = make("p");
  const spoken = make("p", { class: "attn-spoken", "aria-live": "polite" });
  const root = frame(make("div", { class: "attn-luong-scores" }),
    make("div", { class: "attn-row" },
      make("fieldset", {}, make("legend", {}, "score"), ...buttons),
      make("label", { class: "attn-choose" }, "sentence", choose), reset),
    make("div", { class: "attn-sideways" }, table),
    verdict, formula, detail, spoken);

  function change(name, value) {
    model.set(name, value);
    model.save_changes();
    draw();
  }

  /** A row of the table: its French word is a button, its cells are shades with numbers. */
  function row(sentence, scores, i, shown) {
    const shares = weights(scores[i]);
    const word = sentence.french[i] ?? END;
    const head = make("button", { type: "button", "aria-pressed": i === shown }, word);
    const pick = () => {
      change("word", i);
      table.querySelectorAll("tbody button")[i].focus();
    };
    head.addEventListener("click", pick);
    head.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const next = i + (step ?? 0);
      if (!step || next < 0 || next >= scores.length) return;
      event.preventDefault();
      change("word", next);
      table.querySelectorAll("tbody button")[next].focus();
    });
    const cells = shares.map((share, j) => {
      const has = (pairs) => pairs.some(([k, l]) => k === i && l === j);
      const gold = has(sentence.sure) ? "sure" : has(sentence.possible) ? "possible" : "";
      const text = share >= 0.005 ? show(share).replace(/^0/, "") : "";
      const cell = make("td", { style: `--share:${Math.round(55 * share)}%` }, text);
      if (gold) cell.dataset.gold = gold;
      if (gold) cell.append(make("span", { class: "attn-hidden" }, " (gold)"));
      cell.addEventListener("click", pick);
      return cell;
    });
    const line = make("tr", {}, make("th", { scope: "row" }, head), ...cells);
    if (i === shown) line.dataset.shown = "";
    return line;
  }

  function draw() {
    const sentence = sentences[model.get("sentence")];
    const name = model.get("score");
    const scores = sentence.scores[name];
    const shown = Math.min(model.get("word"), scores.length - 1);
    buttons.forEach((node, k) => node.setAttribute("aria-pressed", names[k] === name));
    choose.value = model.get("sentence");
    const focused = [...table.querySelectorAll("tbody button")].indexOf(document.activeElement);
    table.replaceChildren(
      make("caption", { class: "attn-hidden" }, "Weights of each French word over the English words"),
      make("thead", {}, make("tr", {}, make("td"),
        ...sentence.english.map((word) => make("th", { scope: "col" }, make("span", {}, word))))),
      make("tbody", {}, ...scores.map((_, i) => row(sentence, scores, i, shown))));
    for (const control of table.querySelectorAll("button")) control.dataset.lmSuppressShortcuts = "true";
    if (focused >= 0) table.querySelectorAll("tbody button")[focused].focus();

    const word = sentence.french[shown] ?? END;
    const shares = weights(scores[shown]);
    formula.innerHTML = `For <b>${word}</b>: score = ${FORMULAS[name]}, weight = softmax of the scores.`;
    detail.replaceChildren(
      make("thead", {}, make("tr", {}, ...["", "score", "weight", ""].map((text) =>
        text ? make("th", { scope: "col" }, text) : make("td")))),
      make("tbody", {}, ...sentence.english.map((english, j) => {
        const bar = make("span", { class: "attn-bar", style: `width:${100 * shares[j]}%` });
        return make("tr", {}, make("th", { scope: "row" }, english), make("td", {}, show(scores[shown][j])),
          make("td", {}, show(shares[j], 3)), make("td", { class: "attn-bars" }, bar));
      })));
    const [right, asked] = pointing(scores, sentence.sure, sentence.possible);
    verdict.textContent = `The largest weight stands on a gold frame for ${right} of ${asked} words.`;
    say(`${name}: ${word} looks most at ${sentence.english[looksAt(scores[shown])]}, ` +
      `${show(Math.max(...shares))}.`);
  }

  const say = announcer(spoken);

  resets(reset, model, start, draw);
  return live(model, el, root, ["score", "sentence", "word"], draw);
}

export default { render };
