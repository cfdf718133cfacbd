// A drawn class photo under a question. The mathematics is `questionWeights`; the rest draws it.

/** A question's dot product with a region; a feature that is missing is 0. */
export function score(question, features) {
  return Object.entries(question).reduce((sum, [f, s]) => sum + s * (features[f] ?? 0), 0);
}

/** softmax of the scores, one weight a region: the twin of attn.pooling.question_weights. */
export function questionWeights(question, regions) {
  return softmax(regions.map((features) => score(question, features)));
}

/** Every feature's sign times the loudness. */
export function louder(asked, loudness) {
  return Object.fromEntries(Object.entries(asked).map(([f, sign]) => [f, sign * loudness]));
}

const RADIUS = 165; // of a halo that holds all the weight; its area is what shares out
const tone = (k) => `color-mix(in srgb, var(--dark) ${k}%, var(--light))`;
const fill = (k) => `style="fill:${tone(k)}"`;
const line = (k, width) =>
  `style="fill:none;stroke:${tone(k)};stroke-width:${width};stroke-linecap:round"`;

// How each person looks: grey of skin, hair and clothes, and the shape of the hair. The origin is
// the middle of the face; `front` is drawn behind nobody, `back` hair behind the face.
const LOOKS = {
  Amina: { skin: 22, cloth: 30, hair: "scarf", grey: 52 },
  Ben: { skin: 8, cloth: 58, hair: "short", grey: 60 },
  Chloé: { skin: 6, cloth: 16, hair: "bob", grey: 38 },
  Driss: { skin: 26, cloth: 40, hair: "curly", grey: 86 },
  Emi: { skin: 10, cloth: 48, hair: "pigtails", grey: 84 },
  "Ms Diallo": { skin: 46, cloth: 24, hair: "bun", grey: 90 },
};

const HAIR = {
  scarf: [
    (k) => `<path d="M-52 8C-58-62 58-62 52 8 54 52 34 74 0 76-34 74-54 52-52 8Z" ${fill(k)}/>`,
    (k) => `<path d="M-43 6C-38 66 38 66 43 6 58 60 44 92 0 94-44 92-58 60-43 6Z" ${fill(k)}/>
      <path d="M-30 66Q0 84 30 62M-38-18C-24-50 24-50 38-18" ${line(k - 18, 3)}/>`,
  ],
  short: [() => "",
    (k) => `<path d="M-42-4C-46-58 46-60 42-4 36-22 22-30 4-28-16-26-34-26-42-4Z" ${fill(k)}/>`,
  ],
  bob: [
    (k) => `<path d="M-52 44C-62-66 62-66 52 44 40 52-40 52-52 44Z" ${fill(k)}/>`,
    (k) => `<path d="M-40-4C-40-50 40-50 40-4 24-26-10-32-40-4Z" ${fill(k)}/>`,
  ],
  curly: [
    (k) => [[-44, -14], [-30, -34], [-12, -44], [8, -45], [28, -36], [43, -14]]
      .map(([x, y]) => `<circle cx="${x}" cy="${y}" r="18" ${fill(k)}/>`).join(""),
    (k) => `<path d="M-40-10C-36-50 36-50 40-10 20-30-20-30-40-10Z" ${fill(k)}/>`,
  ],
  pigtails: [
    (k) => `<ellipse cx="-54" cy="10" rx="15" ry="30" ${fill(k)}/>
      <ellipse cx="54" cy="10" rx="15" ry="30" ${fill(k)}/>`,
    (k) => `<path d="M-42-4C-44-56 44-56 42-4L30-18H-30Z" ${fill(k)}/>`,
  ],
  bun: [
    (k) => `<circle cy="-56" r="24" ${fill(k)}/>`,
    (k) => `<path d="M-42-2C-44-58 44-58 42-2 34-30-34-30-42-2Z" ${fill(k)}/>`,
  ],
};

const GLASSES = `<g ${line(90, 4)}><circle cx="-17" cy="-3" r="13"/><circle cx="17" cy="-3" r="13"/>
  <path d="M-4-4Q0-8 4-4M-30-6L-41-9M30-6L41-9"/></g>`;
const BOOK = `<g transform="translate(0 86)"><path d="M0 0L-52-12V30L0 42 52 30V-12Z" ${fill(70)}/>
  <path d="M0-4L-46-17V22L0 34Z" ${fill(2)}/><path d="M0-4L46-17V22L0 34Z" ${fill(7)}/>
  <path d="M-38-8L-8 0M-38 2L-8 10M38-8L8 0M38 2L8 10" ${line(45, 2.5)}/></g>`;

function person({ name, features }) {
  const { skin, cloth, hair, grey } = LOOKS[name];
  const [behind, before] = HAIR[hair];
  const tall = features.adult ? 390 : 250;
  const reading = features.book && !features.adult;
  const eyes = reading
    ? `<path d="M-23-2Q-17 4-11-2M11-2Q17 4 23-2" ${line(92, 3.5)}/>`
    : `<circle cx="-17" cy="-3" r="4.5" ${fill(95)}/><circle cx="17" cy="-3" r="4.5" ${fill(95)}/>`;
  const mouth = features.smile
    ? `<path d="M-17 15Q0 34 17 15Q0 20-17 15Z" ${fill(2)}/><path d="M-17 15Q0 34 17 15" ${line(85, 3.5)}/>`
    : `<path d="M-10 20Q0 ${features.adult ? 25 : 21} 10 20" ${line(85, 3.5)}/>`;
  // The teacher points at the board with one arm and holds a book under the other.
  const arm = features.adult
    ? `<path d="M-58 92Q-104 66-122 4" ${line(cloth + 8, 30)}/><circle cx="-124" cy="-6" r="15" ${fill(skin)}/>
       <path d="M-128-14L-150-66" ${line(60, 5)}/>
       <g transform="translate(54 128) rotate(12)"><rect x="-24" y="-34" width="48" height="66" rx="4" ${fill(74)}/>
       <path d="M-12-16H12M-12-4H12" ${line(8, 3)}/></g><path d="M78 96Q96 150 58 158" ${line(cloth + 8, 24)}/>`
    : "";
  return `${behind(grey)}
    <path d="M-78 ${tall}V112C-78 74-44 60-18 56H18C44 60 78 74 78 112V${tall}Z" ${fill(cloth)}/>
    <rect x="-15" y="30" width="30" height="34" rx="12" ${fill(skin + 6)}/>
    <path d="M-22 56Q0 82 22 56" ${line(cloth + 22, 4)}/>
    <ellipse rx="40" ry="44" ${fill(skin)}/>${eyes}${mouth}
    <path d="M-1 4Q5 10-2 12" ${line(55, 3)}/>${before(grey)}${features.glasses ? GLASSES : ""}
    ${reading ? BOOK : ""}${arm}`;
}

const ROOM = `
  <rect width="1000" height="600" ${fill(5)}/><rect y="500" width="1000" height="100" ${fill(13)}/>
  <path d="M0 500H1000" ${line(30, 3)}/>
  <g transform="translate(130 140)"><rect x="-92" y="-112" width="184" height="224" ${fill(22)}/>
    <rect x="-82" y="-102" width="164" height="204" ${fill(0)}/><circle cx="36" cy="-52" r="24" ${fill(8)}/>
    <path d="M36-90V-82M36-22V-14M-2-52H6M66-52H74M9-79L15-73M57-31L63-25M63-79L57-73M15-31L9-25" ${line(35, 4)}/>
    <path d="M-70 30a24 24 0 0 1 30-28 30 30 0 0 1 56 8 20 20 0 0 1 4 40H-60a20 20 0 0 1-10-20Z" ${fill(11)}/>
    <path d="M0-102V102M-82 0H82" ${line(22, 8)}/></g>
  <g transform="translate(520 100)"><rect x="-230" y="-82" width="440" height="170" rx="4" ${fill(35)}/>
    <rect x="-220" y="-72" width="420" height="150" ${fill(82)}/>
    <g ${line(10, 4)}><path d="M-190-36q10-16 18 0t18 0 18 0 18 0 18 0M-190-8q10-14 16 0t16 0 16 0"/>
      <path d="M120-52V34H186M124 22Q146 16 152-16T184-40"/></g></g>`;

const PLANT = `<g transform="translate(940 470)">
  <path d="M0 40Q-6-20-40-56Q-52-8 0 40Q-2-40 12-84Q34-30 0 40Q10-14 46-40Q52 6 0 40" ${fill(48)}/>
  <path d="M0 40Q-10-10-34-44M0 40Q4-30 12-70M0 40Q16-4 40-30" ${line(20, 3)}/>
  <path d="M-36 34H36L26 104H-26Z" ${fill(30)}/><path d="M-40 34H40" ${line(40, 10)}/></g>`;

/** Where a region's name and number stand, relative to its middle. */
function tagOffset({ name, features }) {
  if (features.person) return features.adult ? 186 : features["front row"] ? 158 : 112;
  return { board: 2, window: 138, plant: 70 }[name] ?? 0;
}

function picture(regions) {
  const people = regions.filter((r) => r.features.person);
  const depth = (r) => (r.features.adult ? 0 : r.features["front row"] ? 2 : 1);
  const drawn = [...people].sort((a, b) => depth(a) - depth(b));
  const at = ({ x, y }) => `translate(${1000 * x} ${1000 * y})`;
  const svg = make("svg:svg", { viewBox: "0 0 1000 600", class: "attn-photo" });
  svg.style.touchAction = "auto";
  svg.innerHTML = `<g aria-hidden="true">${ROOM}
    ${drawn.map((r) => `<g transform="${at(r)}">${person(r)}</g>`).join("")}${PLANT}</g>`;
  const group = make("svg:g", { role: "radiogroup", "aria-label": "Whose sum is written out" });
  const spots = regions.map((region) => {
    const halo = make("svg:circle", { r: RADIUS, class: "halo" });
    const ring = make("svg:circle", { r: RADIUS, class: "ring" });
    const y = tagOffset(region);
    const number = make("svg:text", { y, dy: "1.1em", class: "tag number" });
    const spot = make("svg:g", { role: "radio", transform: at(region) },
      make("svg:rect", { class: "touch", x: -55, y: -62, width: 110, height: y + 100 }),
      make("svg:circle", { r: 62, class: "spot" }),
      make("svg:text", { y, class: "tag" }, region.name),
      number,
    );
    svg.append(make("svg:g", { transform: at(region), "pointer-events": "none" }, halo, ring));
    group.append(spot);
    return { halo, ring, spot, number };
  });
  svg.append(group);
  return { svg, spots };
}

/** What the weights say, in words: who has most, and how much is left for the rest. */
export function summary(names, weights) {
  const most = Math.max(...weights);
  const winners = names.filter((_, i) => weights[i] > most - 1e-9);
  if (winners.length === names.length) return `All ${names.length} regions share alike.`;
  const each = winners.length > 1 ? " each" : "";
  const rest = Math.max(0, 1 - winners.length * most);
  return `Most weight: ${list(winners)}, ${short(most)}${each}. The others together: ${short(rest)}.`;
}

const short = (number) => number.toFixed(3);

function list(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

const NEXT = new Map([[undefined, 1], [1, -1], [-1, undefined]]);
const MARK = { 1: "+ ", "-1": "− ", undefined: "" };
const SAID = { 1: "asked for", "-1": "not wanted", undefined: "not asked" };
let instances = 0; // radios of two widgets on a page must not share a name

/** A region's way from features to weight, with the numbers in it. */
function written({ name, features }, question, scores, weight) {
  const shared = Object.entries(question).filter(([f]) => features[f]);
  const terms = shared.map(([f, s]) => `${f} ${s.toFixed(1)}`).join(" + ") || "nothing shared";
  const own = score(question, features).toFixed(1);
  const total = scores.reduce((sum, s) => sum + Math.exp(s), 0).toFixed(1);
  return [
    make("b", {}, name), ": score ", make("span", { class: "attn-query" }, `${terms} = ${own}`), ", weight ",
    make("span", { class: "attn-weight" }, "e", make("sup", {}, own), ` / ${total} = `, make("b", {}, short(weight))),
  ];
}

/** A button that does `act` when it is pressed. */
function pressed(text, act) {
  const button = make("button", { type: "button" }, text);
  button.addEventListener("click", act);
  return button;
}

const sameQuestion = (a, b) =>
  Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((f) => a[f] === b[f]);

function render({ model, el }) {
  const regions = model.get("regions");
  const names = regions.map((r) => r.name);
  const start = { asked: model.get("asked"), loudness: model.get("loudness"), selected: model.get("selected") };
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };

  const { svg, spots } = picture(regions);
  spots.forEach(({ spot }, i) => {
    spot.addEventListener("click", () => set({ selected: names[i] }));
    spot.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = (i + step + names.length) % names.length;
      set({ selected: names[next] });
      spots[next].spot.focus();
    });
  });

  const group = `attn-photo-${++instances}`;
  const radios = Object.entries(model.get("questions")).map(([text, asks]) => {
    const input = make("input", { type: "radio", name: group });
    input.addEventListener("change", () => set({ asked: asks }));
    return { input, asks, label: make("label", { class: "attn-pill" }, input, text) };
  });
  const chips = model.get("features").map((feature) => {
    const turn = () => {
      const { [feature]: sign, ...others } = model.get("asked");
      const next = NEXT.get(sign);
      set({ asked: next === undefined ? others : { ...others, [feature]: next } });
    };
    return { feature, button: pressed("", turn) };
  });
  const range = make("input", { type: "range", min: 0, max: 6, step: 0.1 });
  range.addEventListener("input", () => set({ loudness: Number(range.value) }));
  const volume = make("output");
  const reset = pressed("Reset", () => set(start));

  const sum = make("p", { class: "attn-sum" });
  const words = make("p", { "aria-live": "polite" });
  const body = make("tbody");
  const head = make("tr", {}, ...["region", "score", "e to the score", "weight"].map((t) => make("th", { scope: "col" }, t)));
  frame(
    el,
    make("fieldset", {}, make("legend", {}, "The question"), ...radios.map((r) => r.label)),
    svg,
    sum,
    make("fieldset", {}, make("legend", {}, "What it asks for (press: +, −, nothing)"), ...chips.map((c) => c.button)),
    make("div", { class: "attn-row" }, make("label", {}, "How loudly? ", range, " ", volume), reset),
    words,
    make("details", {}, make("summary", {}, "The numbers as a table"), make("table", {}, make("thead", {}, head), body)),
  );

  function draw() {
    const asked = model.get("asked");
    const loudness = model.get("loudness");
    const question = louder(asked, loudness);
    const scores = regions.map((r) => score(question, r.features));
    const weights = questionWeights(question, regions.map((r) => r.features));
    for (const { input, asks } of radios) input.checked = sameQuestion(asks, asked);
    for (const { feature, button } of chips) {
      const sign = asked[feature];
      button.textContent = MARK[sign] + feature;
      button.dataset.sign = sign ?? 0;
      button.setAttribute("aria-label", `${feature}: ${SAID[sign]}`);
    }
    range.value = loudness;
    volume.textContent = `× ${loudness.toFixed(1)}`;
    const chosen = Math.max(0, names.indexOf(model.get("selected")));
    spots.forEach(({ halo, ring, spot, number }, i) => {
      const size = `scale(${Math.sqrt(weights[i])})`;
      halo.style.transform = ring.style.transform = size;
      number.textContent = weights[i].toFixed(2).replace(/^0/, "");
      spot.setAttribute("aria-checked", i === chosen);
      spot.setAttribute("tabindex", i === chosen ? 0 : -1);
      spot.setAttribute("aria-label", `${names[i]}, weight ${short(weights[i])}`);
    });
    sum.replaceChildren(...written(regions[chosen], question, scores, weights[chosen]));
    words.textContent = summary(names, weights);
    body.replaceChildren(
      ...names.map((name, i) =>
        make("tr", {}, make("th", { scope: "row" }, name),
          ...[scores[i].toFixed(1), Math.exp(scores[i]).toFixed(2), short(weights[i])].map((t) => make("td", {}, t)))),
    );
  }

  const state = ["asked", "loudness", "selected"].map((name) => `change:${name}`);
  for (const name of state) model.on(name, draw);
  draw();
  return () => state.forEach((name) => model.off(name, draw));
}

export default { render };
