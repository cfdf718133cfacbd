// Several heads on one shelf of jars. The mathematics is in the exported functions above `render`:
// twins of attn.experiments.two_questions.TwoQuestions with a linear read-out.

const plus = (a, b) => a.map((x, i) => x + b[i]);

/** What every head looks at and what it has read: `{ weights, read }`, a list a head. The shelf
 *  holds the spice and the count of each jar, `asked` the two spices in question. */
export function look(net, shelf, asked) {
  const d = net.first[0].length / net.H;
  const q = plus(net.first[asked[0]], net.second[asked[1]]);
  const rows = (name) => shelf.spice.map((s, j) => plus(net[`${name}_spice`][s], net[`${name}_count`][shelf.count[j]]));
  const [K, V] = [rows("key"), rows("value")];
  const heads = Array.from({ length: net.H }, (_, h) => {
    const own = (x) => x.slice(h * d, (h + 1) * d);
    const weights = softmax(K.map((k) => dot(own(q), own(k)) / Math.sqrt(d)));
    const read = own(V[0]).map((_, c) => weights.reduce((sum, w, j) => sum + w * own(V[j])[c], 0));
    return { weights, read };
  });
  return { weights: heads.map((h) => h.weights), read: heads.map((h) => h.read) };
}

/** The probabilities of both answers, 0 to 9, with the heads in `off` silent. */
export function answers(net, shelf, asked, off) {
  const merged = look(net, shelf, asked).read.flatMap((r, h) => (off.includes(h) ? r.map(() => 0) : r));
  const scores = net.out.map((row, i) => dot(row, merged) + net.bias[i]);
  return [softmax(scores.slice(0, 10)), softmax(scores.slice(10))];
}

const largest = (list) => list.reduce((best, x, i) => (x > list[best] ? i : best), 0);
const percent = (x) => `${Math.round(100 * x)} %`;
const share = (x) => x.toFixed(2).replace(/^0/, "");
const ORDER = ["first", "second"];

/** What was measured, with every head and without those in `off`, in words. */
export function measured(net, off) {
  const [first, second, both] = net.marks[[...off].sort((a, b) => a - b).join(",")].map(percent);
  return `With these heads, on 4,000 unseen shelves: first answer right ${first}, second ${second}, both ${both}.`;
}

/** A jar and the spoons in it. */
function jar(count) {
  const svg = make("svg:svg", { viewBox: "0 0 60 70", "aria-hidden": "true" });
  const height = 5 * count;
  svg.append(
    make("svg:rect", { class: "spice", x: 9, y: 63 - height, width: 42, height, rx: 3 }),
    make("svg:path", { class: "glass", d: "M14 8H46M16 8V14Q8 16 8 24V58Q8 64 14 64H46Q52 64 52 58V24Q52 16 44 14V8" }),
    make("svg:text", { x: 30, y: 47 }, `${count}`),
  );
  return svg;
}

function render({ model, el }) {
  const [spices, models, shelves] = ["spices", "models", "shelves"].map((name) => model.get(name));
  const start = ["at", "which", "asked", "off"].map((name) => [name, model.get(name)]);
  const unique = `attn-heads-${Math.random().toString(36).slice(2)}`;
  const change = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };

  const choices = models.map(({ name }, i) => {
    const node = make("button", { type: "button" }, name);
    node.addEventListener("click", () => change({ at: i, off: [] }));
    return node;
  });
  const another = make("button", { type: "button" }, "Another shelf");
  another.addEventListener("click", () => change({ which: (model.get("which") + 1) % shelves.length }));
  const reset = make("button", { type: "button" }, "Reset");
  reset.addEventListener("click", () => change(Object.fromEntries(start)));

  const places = shelves[0].spice.map((_, j) => j);
  const heads = places.map(() => make("th", { scope: "col" }));
  const radios = ORDER.map((order, k) =>
    places.map((j) => {
      const input = make("input", { type: "radio", name: `${unique}-${k}` });
      input.addEventListener("change", () => ask(k, j));
      return input;
    }),
  );
  const asking = radios.map((row, k) => {
    const name = make("span", { class: "attn-long" }, " question");
    return make("tr", {}, make("th", { scope: "row", class: "question" }, `${k + 1}${["st", "nd"][k]}`, name),
      ...row.map((input) => make("td", {}, make("label", {}, input))));
  });
  const body = make("tbody", {});
  const table = make("table", { class: "attn-shelf" },
    make("thead", {}, make("tr", {}, make("td"), ...heads)), body);
  const cells = ORDER.map(() => make("td"));
  const said = make("table", { class: "attn-answers" }, make("tbody", {},
    ...ORDER.map((order, k) => make("tr", {}, make("th", { scope: "row", class: "attn-query" }, `${k + 1}${["st", "nd"][k]}`), cells[k]))));
  const sum = make("p", { class: "attn-sum-of-heads" });
  const score = make("p");
  const spoken = make("p", { class: "attn-hidden", "aria-live": "polite" });
  const root = frame(make("div", { class: "attn-heads" }),
    make("div", { class: "attn-row" }, make("fieldset", {}, make("legend", {}, "a model with"), ...choices), another, reset),
    table, sum, said, score, spoken);

  /** Asks question k for jar j; the two questions never ask for the same one. */
  function ask(k, j) {
    const asked = [...model.get("asked")];
    if (asked[1 - k] === j) asked[1 - k] = asked[k];
    asked[k] = j;
    change({ asked });
  }

  let switches = [];
  /** One row a head, kept while the model stays, so that the focus stays too. */
  function lay(net) {
    if (switches.length === net.H && body.dataset.at === `${model.get("at")}`) return;
    body.dataset.at = model.get("at");
    switches = Array.from({ length: net.H }, (_, h) => {
      const button = make("button", { type: "button", "data-lm-suppress-shortcuts": "true" });
      button.addEventListener("click", () => {
        const off = model.get("off");
        change({ off: off.includes(h) ? off.filter((x) => x !== h) : [...off, h] });
      });
      const marks = places.map(() => {
        const aim = make("svg:circle", { class: "aim", cx: 30, cy: 22, r: 21 });
        const disc = make("svg:circle", { class: "disc", cx: 30, cy: 22 });
        const text = make("svg:text", { class: "share", x: 30, y: 28 });
        const cell = make("td", {}, make("svg:svg", { viewBox: "0 0 60 44" }, aim, disc, text));
        return { aim, disc, text, cell };
      });
      const row = make("tr", {}, make("th", { scope: "row" }, button), ...marks.map((m) => m.cell));
      return { button, marks, row };
    });
    body.replaceChildren(...asking, ...switches.map((s) => s.row));
  }

  function draw() {
    const net = models[model.get("at")];
    const shelf = shelves[model.get("which")];
    const [asked, off] = [model.get("asked"), model.get("off")];
    const wanted = asked.map((j) => shelf.spice[j]);
    choices.forEach((node, i) => node.setAttribute("aria-pressed", i === model.get("at")));
    lay(net);
    heads.forEach((cell, j) => {
      const hidden = make("span", { class: "attn-hidden" }, `, ${shelf.count[j]} spoons`);
      cell.replaceChildren(jar(shelf.count[j]), make("span", {}, spices[shelf.spice[j]]), hidden);
      cell.toggleAttribute("data-asked", asked.includes(j));
    });
    radios.forEach((row, k) => row.forEach((input, j) => {
      input.checked = asked[k] === j;
      input.setAttribute("aria-label", `${ORDER[k]} question: ${spices[shelf.spice[j]]}`);
    }));
    const { weights } = look(net, shelf, wanted);
    switches.forEach(({ button, marks, row }, h) => {
      const on = !off.includes(h);
      button.setAttribute("aria-pressed", on);
      button.setAttribute("aria-label", `head ${h + 1}: ${on ? "on" : "off"}`);
      button.replaceChildren(
        make("span", { class: "attn-long" }, "head "), `${h + 1}: ${on ? "on" : "off"}`);
      row.classList.toggle("silent", !on);
      marks.forEach(({ aim, disc, text }, j) => {
        disc.setAttribute("r", 20 * Math.sqrt(weights[h][j]));
        aim.style.display = asked.includes(j) ? "" : "none";
        text.textContent = weights[h][j] >= 0.005 ? share(weights[h][j]) : "0";
      });
    });
    const terms = weights.map((_, h) => (off.includes(h) ? `<s>W<sub>${h + 1}</sub> head<sub>${h + 1}</sub></s>` : `W<sub>${h + 1}</sub> <span class="attn-output">head<sub>${h + 1}</sub></span>`));
    sum.innerHTML = `What the answers are made of: ${terms.join(" + ")} + b`;
    const both = answers(net, shelf, wanted, off);
    const results = both.map((p, k) => {
      const guess = largest(p);
      const truth = shelf.count[asked[k]];
      const verdict = guess === truth ? "right" : `wrong, there are ${truth}`;
      const mark = make("span", { class: guess === truth ? "right" : "wrong" }, verdict);
      cells[k].replaceChildren(`How much ${spices[wanted[k]]}? `, make("b", {}, `${guess}`), ` (${percent(p[guess])} sure): `, mark);
      return `${spices[wanted[k]]}: ${guess}, ${verdict}`;
    });
    score.textContent = measured(net, off);
    const silent = off.length ? `head ${[...off].sort().map((h) => h + 1).join(" and head ")} off` : "every head on";
    say(`${net.name}, ${silent}. ${results.join("; ")}.`);
  }

  const say = announcer(spoken);

  return live(model, el, root, ["at", "which", "asked", "off"], draw, once(draw));
}

export default { render };
