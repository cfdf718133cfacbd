// Two equal tones and a look that remembers. The mathematics is in the exported functions.

/** f_j = Σ_i F_i α'_{j + i - r}, zeros outside: the twin of attn.location_aware.previous_features
 *  with one filter. */
export function features(previous, filter) {
  const r = (filter.length - 1) / 2;
  return previous.map((_, j) => filter.reduce((sum, tap, i) => sum + tap * (previous[j + i - r] ?? 0), 0));
}

/** Scores of the frames: `content` for the tone asked for, and, with a filter, f_j. */
export function scores(frames, asked, place, content, filter) {
  const same = frames.map((tone) => (tone === asked ? content : 0));
  if (!filter) return same;
  const previous = frames.map((_, j) => (j === place ? 1 : 0));
  return features(previous, filter).map((f, j) => same[j] + f);
}

/** [first, last] frame of every sound of that tone. */
export function sounds(frames, tone) {
  const found = [];
  frames.forEach((name, j) => {
    if (name !== tone) return;
    if (frames[j - 1] === tone) found[found.length - 1][1] = j;
    else found.push([j, j]);
  });
  return found;
}

const show = (x, digits = 2) => x.toFixed(digits).replace("-", "−");
const bare = (x) => show(x).replace(/^0/, "");
const LEFT = 34;
const GAP = 46;
const BASE = 260; // where the bars stand
const TALL = 100; // a bar of weight 1
const x = (j) => LEFT + GAP * j;
const set = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
};

function render({ model, el }) {
  const [frames, filter, content] = ["frames", "filter", "content"].map((name) => model.get(name));
  const T = frames.length;
  const tones = [...new Set(frames)].filter((tone) => tone);
  const start = ["place", "asked", "location"].map((name) => [name, model.get(name)]);
  const clamp = (j) => Math.min(T - 1, Math.max(0, Math.round(j)));

  const pitch = (tone) => 100 - 34 * tones.indexOf(tone);
  const svg = make("svg:svg", { viewBox: `0 0 ${x(T - 1) + LEFT} 330`, role: "group", "aria-label": "The melody, the weights and the last look" });
  const notes = tones.flatMap((tone) => sounds(frames, tone).map(([first, last]) =>
    make("svg:g", { "data-tone": tone },
      make("svg:rect", { class: "note", x: x(first) - 20, y: pitch(tone) - 14, width: GAP * (last - first) + 40, height: 28, rx: 8 }),
      make("svg:text", { x: (x(first) + x(last)) / 2, y: pitch(tone) + 6, "text-anchor": "middle" }, tone))));
  const bars = frames.map((_, j) => make("svg:rect", { class: "bar", x: x(j) - 15, width: 30, rx: 3 }));
  const numbers = frames.map((_, j) => make("svg:text", { class: "number", x: x(j), "text-anchor": "middle" }));
  const last = make("svg:g", {},
    make("svg:rect", { class: "grip", x: -34, y: -26, width: 68, height: 62, rx: 8 }),
    make("svg:path", { class: "look", d: "M0-18L13 6H-13Z" }),
    make("svg:text", { class: "number", y: 28, "text-anchor": "middle" }, "last"));
  svg.append(...notes, make("svg:path", { class: "faint", d: `M${LEFT - 22} ${BASE}H${x(T - 1) + 22}` }), ...bars, ...numbers, last);

  const pill = (text, pick) => {
    const node = make("button", { type: "button" }, text);
    node.addEventListener("click", pick);
    return node;
  };
  const ways = [["content only", false], ["with location", true]];
  const wayButtons = ways.map(([text, way]) => pill(text, () => keep("location", way)));
  const toneButtons = tones.map((tone) => pill(tone, () => keep("asked", tone)));
  const reset = make("button", { type: "button" }, "Reset");
  const formula = make("div", { class: "attn-sums" });
  const table = make("table", { class: "attn-table" });
  const spoken = make("p", { class: "attn-spoken", "aria-live": "polite" });
  const root = frame(make("div", { class: "attn-location" }),
    make("div", { class: "attn-row" },
      make("fieldset", {}, make("legend", {}, "score"), ...wayButtons),
      make("fieldset", {}, make("legend", {}, "asked for"), ...toneButtons), reset),
    svg, formula, make("details", {}, make("summary", {}, "All the numbers"), table), spoken);

  function change(name, value) {
    if (model.get(name) === value) return;
    model.set(name, value);
    draw();
  }
  function keep(name, value) {
    change(name, value);
    model.save_changes();
  }
  slider(svg, last, {
    label: "frame of the last look",
    drag: (point) => change("place", clamp((point.x - LEFT) / GAP)),
    press(key) {
      const to = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[key];
      const ends = { Home: 0, End: T - 1 }[key];
      if (to === undefined && ends === undefined) return false;
      change("place", ends ?? clamp(model.get("place") + to));
      return true;
    },
  });
  set(last, { "aria-valuemin": 0, "aria-valuemax": T - 1 });
  // A finger on the handle drags it; beside it, the page scrolls.
  last.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  last.addEventListener("lostpointercapture", () => model.save_changes());
  last.addEventListener("keyup", () => model.save_changes());

  const ORDINALS = ["first", "second", "third", "fourth"];
  /** How much lies on each sound of the tone, in words. */
  function shared(shares, tone) {
    const found = sounds(frames, tone);
    const amount = ([a, b]) => shares.slice(a, b + 1).reduce((sum, w) => sum + w, 0);
    return found.map((one, k) => `${bare(amount(one))} on ${found.length > 1 ? `the ${ORDINALS[k]} ${tone}` : tone}`).join(", ");
  }

  function draw() {
    const [place, asked, location] = ["place", "asked", "location"].map((name) => model.get(name));
    const e = scores(frames, asked, place, content, location ? filter : null);
    const shares = softmax(e);
    wayButtons.forEach((node, k) => node.setAttribute("aria-pressed", ways[k][1] === location));
    toneButtons.forEach((node, k) => node.setAttribute("aria-pressed", tones[k] === asked));
    for (const note of notes) note.classList.toggle("asked", note.dataset.tone === asked);
    shares.forEach((share, j) => {
      set(bars[j], { y: BASE - TALL * share, height: TALL * share });
      numbers[j].setAttribute("y", BASE - TALL * share - 6);
      numbers[j].textContent = share >= 0.005 ? bare(share) : "";
    });
    set(last, { transform: `translate(${x(place)} ${BASE + 32})`, "aria-valuenow": place, "aria-valuetext": `frame ${place}, ${frames[place] || "silence"}` });
    const best = shares.indexOf(Math.max(...shares));
    const f = e[best] - (frames[best] === asked ? content : 0);
    formula.innerHTML = `<p>frame ${best}: score = ${show(e[best] - f, 0)} for what it is` +
      (location ? ` ${f < 0 ? "−" : "+"} ${show(Math.abs(f), 0)} for where the last look lay` : "") + "</p>" +
      `<p>weight: <b class="attn-weight">${shared(shares, asked)}</b></p>`;
    table.replaceChildren(
      make("thead", {}, make("tr", {}, ...["frame", "score", "weight"].map((text) => make("th", { scope: "col" }, text)))),
      make("tbody", {}, ...frames.map((tone, j) => make("tr", {}, make("th", { scope: "row" }, `${j} ${tone || "silence"}`),
        make("td", {}, show(e[j], 0)), make("td", {}, show(shares[j], 3))))));
    say(`${location ? "With location" : "Content only"}, the last look on frame ${place}: ${shared(shares, asked)}.`);
  }

  const say = announcer(spoken);

  resets(reset, model, start, draw);
  return live(model, el, root, ["place", "asked", "location"], draw);
}

export default { render };
