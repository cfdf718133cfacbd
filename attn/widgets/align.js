// An alignment explorer: a French word, what the model reads for it, and what it stands for.

/** The place of the largest weight: the first, where several tie. */
export function mostRead(weights) {
  return weights.reduce((best, w, j) => (w > weights[best] ? j : best), 0);
}

/** The hard alignment of a sentence: (French, English) pairs, one a French word. */
export function found(rows) {
  return rows.map((row, i) => [i, mostRead(row)]);
}

/** 1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|): the twin of attn.alignment.alignment_error_rate. */
export function errorRate(pairs, sure, possible) {
  const [A, S, P] = [pairs, sure, possible].map((list) => new Set(list.map(String)));
  const allowed = new Set([...S, ...P]);
  const hits = [...A].reduce((sum, pair) => sum + S.has(pair) + allowed.has(pair), 0);
  return 1 - hits / (A.size + S.size);
}

/** "surely" or "possibly" for each English word that stands for a French one, "" for the others. */
export function gold({ english, sure, possible }, i) {
  const has = (list, j) => list.some(([a, b]) => a === i && b === j);
  return english.map((_, j) => (has(sure, j) ? "surely" : has(possible, j) ? "possibly" : ""));
}

const ROW = 36;
const TOP = 34;
const WIDTH = 460;
const [LEFT, RIGHT] = [176, 284]; // where the columns of words end and begin
const show = (w) => w.toFixed(2).replace(/^0/, "");
const at = (k) => TOP + ROW * k + ROW / 2;
const list = (words) => (words.length ? words.join(" and ") : "nothing");

function draw_sentence(view, { english, french }, choose) {
  const rows = Math.max(english.length, french.length);
  view.setAttribute("viewBox", `0 0 ${WIDTH} ${TOP + ROW * rows + 8}`);
  const text = (x, y, anchor, content, name = "") =>
    make("svg:text", { x, y, "text-anchor": anchor, class: name }, content);
  const lines = english.map(() => make("svg:path", { class: "pull" }));
  const source = english.map((word, j) => {
    const frame = make("svg:rect", { class: "gold", x: LEFT - 116, y: at(j) - 15, width: 116, height: 30, rx: 5 });
    const share = text(LEFT - 126, at(j) + 5, "end", "", "share");
    return { frame, share, node: make("svg:g", {}, frame, text(LEFT - 8, at(j) + 5, "end", word), share) };
  });
  const target = french.map((word, i) => {
    const node = make("svg:g", { class: "word", role: "button", tabindex: 0, "aria-label": word },
      make("svg:rect", { x: RIGHT, y: at(i) - 15, width: 130, height: 30, rx: 5 }),
      text(RIGHT + 8, at(i) + 5, "start", word));
    for (const event of ["pointerenter", "focus", "click"]) node.addEventListener(event, () => choose(i));
    node.addEventListener("keydown", (event) => {
      const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: french.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      target[Math.max(0, Math.min(french.length - 1, to))].focus();
    });
    return node;
  });
  view.replaceChildren(
    text(LEFT - 8, 18, "end", "English: keys", "head attn-fill-key"),
    text(RIGHT + 8, 18, "start", "French: who asks", "head attn-fill-query"),
    ...lines, ...source.map(({ node }) => node), ...target);
  return { lines, source, target };
}

function render({ model, el }) {
  const models = model.get("models");
  const names = Object.keys(models);
  const start = Object.fromEntries(["model", "sentence", "word"].map((name) => [name, model.get(name)]));
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
  const view = make("svg:svg", { class: "attn-align", role: "group", "aria-label": "Choose a French word" });
  const radios = names.map((name) => {
    const radio = make("input", { type: "radio", name: `align-${Math.random()}`, value: name });
    radio.addEventListener("change", () => set({ model: name }));
    return radio;
  });
  const group = `align-${Math.random().toString(36).slice(2)}`;
  radios.forEach((radio) => radio.setAttribute("name", group));
  const pills = names.map((name, k) => make("label", { class: "attn-pill" }, radios[k], `${name} score`));
  const count = models[names[0]].length;
  const turn = (by) => set({ sentence: (model.get("sentence") + by + count) % count, word: 0 });
  const button = (text, act) => {
    const node = make("button", { type: "button" }, text);
    node.addEventListener("click", act);
    return node;
  };
  const words = make("p", { "aria-live": "polite" });
  const score = make("p");
  const table = make("table", { class: "attn-align-table" });
  frame(
    el,
    make("fieldset", {}, make("legend", {}, "Whose weights?"), ...pills),
    view,
    words,
    score,
    make("div", { class: "attn-buttons" }, button("Previous sentence", () => turn(-1)), " ", button("Next sentence", () => turn(1)), " ", button("Reset", () => set(start))),
    make("details", {}, make("summary", {}, "The numbers as a table"), make("div", { class: "attn-scroll" }, table)),
  );

  let drawn = null; // which sentence the parts below belong to
  let parts = null;

  function draw() {
    const chosen = model.get("sentence");
    const sentence = models[model.get("model")][chosen];
    const i = Math.min(model.get("word"), sentence.french.length - 1);
    if (drawn !== chosen) {
      parts = draw_sentence(view, sentence, (word) => word !== model.get("word") && set({ word }));
      for (const node of parts.target) node.dataset.lmSuppressShortcuts = "true";
      drawn = chosen;
    }
    const weights = sentence.weights[i];
    const right = gold(sentence, i);
    parts.target.forEach((node, k) => node.setAttribute("aria-pressed", k === i));
    parts.lines.forEach((line, j) => {
      line.setAttribute("d", `M${LEFT} ${at(j)}C${LEFT + 55} ${at(j)} ${RIGHT - 55} ${at(i)} ${RIGHT} ${at(i)}`);
      line.setAttribute("stroke-width", 16 * weights[j]);
    });
    parts.source.forEach(({ frame: box, share }, j) => {
      box.setAttribute("class", `gold ${right[j]}`);
      box.style.setProperty("--share", weights[j]);
      share.textContent = weights[j] >= 0.005 ? show(weights[j]) : "";
    });
    const order = weights.map((w, j) => [w, j]).sort((a, b) => b[0] - a[0]);
    const read = order.filter(([w]) => w >= 0.1).map(([w, j]) => `“${sentence.english[j]}” ${show(w)}`);
    const standing = (kind) => sentence.english.filter((_, j) => right[j] === kind).map((word) => `“${word}”`);
    const possible = standing("possibly");
    words.textContent =
      `For “${sentence.french[i]}”, the model reads ${list(read)}. Gold: ` +
      `${list(standing("surely"))}${possible.length ? `, possibly ${list(possible)}` : ""}.`;
    const rate = errorRate(found(sentence.weights), sentence.sure, sentence.possible);
    score.textContent = `Alignment error rate of this sentence: ${show(rate)}.`;
    radios.forEach((radio) => (radio.checked = radio.value === model.get("model")));
    const head = ["", ...sentence.english].map((text) => (text ? make("th", { scope: "col" }, text) : make("td")));
    const rows = sentence.french.map((word, k) =>
      make("tr", {}, make("th", { scope: "row" }, word), ...sentence.weights[k].map((w) => make("td", {}, show(w)))));
    table.replaceChildren(make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
  }

  const events = "change:model change:sentence change:word";
  model.on(events, draw);
  draw();
  return () => model.off(events, draw);
}

export default { render };
