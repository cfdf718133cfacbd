// A trained agent in a room of things. The mathematics is in the exported functions: twins of
// attn.experiments.fetching.Fetcher with attention, in float64.

const KINDS = 12; // attn.data.fetching
const SIDE = 9;
const MOVES = [[0, 1], [0, -1], [1, 0], [-1, 0]]; // up, down, right, left

/** Everything that the agent needs, made once from its packed parameters. */
export function prepare(numbers) {
  const list = (name) => Array.from(unpack(numbers[name]));
  return {
    Q: rows(numbers["attend.W_q.weight"]),
    K: rows(numbers["attend.W_k.weight"]),
    V: rows(numbers["attend.W_v.weight"]),
    hidden: { W: rows(numbers["act.0.weight"]), b: list("act.0.bias") },
    last: { W: rows(numbers["act.2.weight"]), b: list("act.2.bias") },
  };
}

const times = ({ W, b }, x) => W.map((row, i) => dot(row, x) + b[i]);
const one = (kind) => Array.from({ length: KINDS }, (_, i) => Number(i === kind));

/** One look at a set of things `{ kind, place }`: the weights, and a score for each of the moves. */
export function look(net, wanted, agent, things) {
  const asks = one(wanted);
  const seen = things.map(({ kind, place }) => [...one(kind), ...place.map((x, i) => (x - agent[i]) / SIDE)]);
  const through = (W, x) => W.map((row) => dot(row, x));
  const query = through(net.Q, asks);
  const keys = seen.map((x) => through(net.K, x));
  const values = seen.map((x) => through(net.V, x));
  const weights = things.length ? softmax(keys.map((key) => dot(query, key) / Math.sqrt(query.length))) : [];
  const read = query.map((_, i) => weights.reduce((sum, w, j) => sum + w * values[j][i], 0));
  const moves = times(net.last, times(net.hidden, [...asks, ...read]).map((h) => Math.max(0, h)));
  return { weights, moves };
}

const same = (a, b) => a[0] === b[0] && a[1] === b[1];
const inside = ([x, y]) => x >= 0 && y >= 0 && x < SIDE && y < SIDE;

/** The squares it goes over, its likeliest move each time, until it is there, back where it was,
 *  or would leave the room. */
export function walk(net, wanted, agent, things) {
  const goal = things.find(({ kind }) => kind === wanted)?.place;
  const way = [agent];
  while (!goal || !same(way.at(-1), goal)) {
    const { moves } = look(net, wanted, way.at(-1), things);
    const [dx, dy] = MOVES[moves.indexOf(Math.max(...moves))];
    const next = [way.at(-1)[0] + dx, way.at(-1)[1] + dy];
    if (!inside(next) || way.some((old) => same(old, next))) break;
    way.push(next);
  }
  return way;
}

/** As `look` and `walk`, from the parameters as they are packed. */
export function tried(numbers, wanted, agent, things) {
  const net = prepare(numbers);
  return { ...look(net, wanted, agent, things), way: walk(net, wanted, agent, things) };
}

const far = (a, b) => Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]);
const share = (w) => w.toFixed(2).replace(/^0/, "");
const CELL = 40;
const X = (x) => CELL * (x + 0.5);
const Y = (y) => CELL * (SIDE - 0.5 - y);
const clamp = (v) => Math.min(SIDE - 1, Math.max(0, v));
const square = (p) => [clamp(Math.round(p.x / CELL - 0.5)), clamp(Math.round(SIDE - 0.5 - p.y / CELL))];
const set = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
};
const words = ([x, y]) => `column ${x + 1}, row ${y + 1}`;
const star = [...Array(10).keys()].map((i) => {
  const [r, a] = [i % 2 ? 5 : 12, (Math.PI * i) / 5];
  return `${(r * Math.sin(a)).toFixed(1)} ${(-r * Math.cos(a)).toFixed(1)}`;
});
const SHAPES = [
  "M-10 0a10 10 0 1 0 20 0a10 10 0 1 0-20 0Z",
  "M-9-9H9V9H-9Z",
  `M${star.join("L")}Z`,
  "M3-11A11 11 0 1 0 10 6A9 9 0 0 1 3-11Z",
  "M-11 0a11 11 0 1 0 22 0a11 11 0 1 0-22 0ZM-5 0a5 5 0 1 1 10 0a5 5 0 1 1-10 0Z",
  "M0 10C-15-1-10-10-5-10C-2-10 0-8 0-5C0-8 2-10 5-10C10-10 15-1 0 10Z",
  "M0-12L12-1H8V10H-8V-1H-12Z",
  "M0-12C6-4 9 0 9 4A9 8 0 0 1-9 4C-9 0-6-4 0-12Z",
];
const shape = (kind) => make("svg:path", { class: "thing", d: SHAPES[kind], "fill-rule": "evenodd" });

function render({ model, el }) {
  const net = prepare(model.get("numbers"));
  const names = model.get("things");
  const traits = ["places", "here", "agent", "wanted"];
  const start = traits.map((name) => [name, model.get(name)]);

  const lines = names.map(() => make("svg:line", { class: "weight", "stroke-linecap": "round" }));
  const trail = make("svg:polyline", { class: "way" });
  const end = make("svg:circle", { class: "end", r: 5 });
  const handles = names.map((_, i) => make("svg:g", {}, make("svg:circle", { class: "grip", r: 19 }), shape(i)));
  const eyes = make("svg:g", { class: "eyes" }, make("svg:circle", { cx: -5, r: 3 }), make("svg:circle", { cx: 5, r: 3 }));
  const agent = make("svg:g", {}, make("svg:circle", { class: "grip", r: 20 }), make("svg:circle", { class: "agent", r: 14 }), eyes);
  const grid = [...Array(SIDE - 1).keys()].map((i) => `M${CELL * (i + 1)} 0V${CELL * SIDE}M0 ${CELL * (i + 1)}H${CELL * SIDE}`).join("");
  const size = CELL * SIDE;
  const svg = make("svg:svg", { viewBox: `-2 -2 ${size + 4} ${size + 4}`, role: "group", "aria-label": "The room" },
    make("svg:rect", { class: "room", width: size, height: size, rx: 6 }), make("svg:path", { class: "grid", d: grid }),
    ...lines, trail, end, ...handles, agent);

  const rowsOf = names.map((name, i) => {
    const there = make("input", { type: "checkbox", "aria-label": `${name} is in the room` });
    const wants = make("input", { type: "radio", "aria-label": `it wants the ${name}` });
    const bar = make("span", { class: "attn-bar" });
    const number = make("span", { class: "number" });
    there.addEventListener("change", () => keep("here", model.get("here").map((h, j) => (j === i ? there.checked : h))));
    wants.addEventListener("change", () => keep("wanted", i));
    const icon = make("svg:svg", { viewBox: "-14 -14 28 28", "aria-hidden": "true" }, shape(i));
    const row = make("tr", {}, make("th", { scope: "row" }, make("span", { class: "name" }, icon, name)),
      make("td", {}, make("label", {}, there)), make("td", {}, make("label", {}, wants)),
      make("td", { class: "share" }, number, bar));
    return { row, there, wants, bar, number };
  });
  const radios = `attn-room-${Math.random().toString(36).slice(2)}`; // two rooms on a page, two groups
  for (const { wants } of rowsOf) wants.name = radios;
  const head = ["thing", "here", "wanted", "weight"].map((text) => make("th", { scope: "col" }, text));
  const table = make("table", { class: "attn-things" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rowsOf.map(({ row }) => row)));
  const go = make("button", { type: "button" }, "Walk");
  const reset = make("button", { type: "button" }, "Reset");
  const sentence = make("p", { class: "attn-sums", "aria-live": "polite" });
  const root = frame(make("div", { class: "attn-fetching" }),
    make("div", { class: "attn-room-row" }, make("div", {}, svg, make("div", { class: "attn-room-buttons" }, go, reset)), table),
    sentence);

  function keep(name, value) {
    stop();
    model.set(name, value);
    model.save_changes();
  }
  const present = () => names.flatMap((_, kind) => (model.get("here")[kind] ? [{ kind, place: model.get("places")[kind] }] : []));
  const taken = (place, but) => present().some((thing) => thing.kind !== but && same(thing.place, place)) || (but !== "agent" && same(model.get("agent"), place));

  /** Puts a thing or the agent on a square, unless that is taken. */
  function put(what, place) {
    const old = what === "agent" ? model.get("agent") : model.get("places")[what];
    if (same(old, place) || taken(place, what)) return;
    stop();
    if (what === "agent") model.set("agent", place);
    else model.set("places", model.get("places").map((p, i) => (i === what ? place : p)));
  }
  const ARROWS = { ArrowUp: 0, ArrowDown: 1, ArrowRight: 2, ArrowLeft: 3 };
  function press(what, key) {
    if (key === "Enter" && what !== "agent") return keep("wanted", what), true;
    const move = MOVES[ARROWS[key]];
    if (!move) return false;
    let place = what === "agent" ? model.get("agent") : model.get("places")[what];
    do place = [place[0] + move[0], place[1] + move[1]];
    while (inside(place) && taken(place, what)); // over what stands in the way
    if (inside(place)) put(what, place);
    return true;
  }
  [...handles, agent].forEach((node, i) => {
    const what = node === agent ? "agent" : i;
    const name = node === agent ? "the agent" : `the ${names[i]}`;
    slider(svg, node, { label: `square of ${name}`, drag: (point) => put(what, square(point)), press: (key) => press(what, key) });
    set(node, { "aria-valuemin": 1, "aria-valuemax": SIDE * SIDE });
    node.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    node.addEventListener("lostpointercapture", () => model.save_changes());
    node.addEventListener("keyup", () => model.save_changes());
  });

  let timer = 0;
  function stop() {
    clearInterval(timer);
    timer = 0;
    go.textContent = "Walk";
  }
  go.addEventListener("click", () => {
    if (timer) return stop();
    const way = walk(net, model.get("wanted"), model.get("agent"), present()).slice(1);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) way.splice(0, way.length - 1);
    if (!way.length) return;
    go.textContent = "Stop";
    timer = setInterval(() => {
      model.set("agent", way.shift());
      if (way.length) return;
      stop();
      model.save_changes();
    }, 250);
  });

  /** What it reads and where it goes, in words. */
  function told(things, weights, way) {
    const wanted = model.get("wanted");
    const name = names[wanted];
    const goal = things.find(({ kind }) => kind === wanted)?.place;
    const steps = `${way.length - 1} step${way.length === 2 ? "" : "s"}`;
    if (!things.length) return `It wants the ${name}. Nothing is in the room, so it reads zeros, and goes ${steps}.`;
    const best = weights.indexOf(Math.max(...weights));
    const most = `${share(weights[best])} of its weight on the ${names[things[best].kind]}`;
    if (!goal) return `It wants the ${name}, and there is none. The weights sum to one all the same: ${most}. It goes ${steps}, to ${words(way.at(-1))}.`;
    const there = same(way.at(-1), goal);
    if (way.length === 1 && there) return `It stands on the ${name}, which it wanted; ${most}.`;
    const need = far(way[0], goal);
    const short = there && way.length - 1 === need ? "and no way is shorter" : there ? `where ${need} would do` : "and it does not arrive";
    return `It wants the ${name}: ${most}. Its way takes ${steps}, ${short}.`;
  }

  function draw() {
    const [places, here, at, wanted] = traits.map((name) => model.get(name));
    const things = present();
    const { weights } = look(net, wanted, at, things);
    const way = walk(net, wanted, at, things);
    const shares = names.map((_, kind) => weights[things.findIndex((thing) => thing.kind === kind)] ?? 0);
    names.forEach((name, i) => {
      const place = places[i];
      handles[i].style.display = here[i] ? "" : "none";
      set(handles[i], { transform: `translate(${X(place[0])} ${Y(place[1])})`, class: i === wanted ? "wanted" : "", "aria-valuenow": place[0] + 1 + SIDE * place[1], "aria-valuetext": `${words(place)}${i === wanted ? ", wanted" : ""}` });
      set(lines[i], { x1: X(at[0]), y1: Y(at[1]), x2: X(place[0]), y2: Y(place[1]), "stroke-width": 16 * shares[i] });
      lines[i].style.display = here[i] && shares[i] >= 0.005 ? "" : "none";
      const { row, there, wants, bar, number } = rowsOf[i];
      there.checked = here[i];
      wants.checked = i === wanted;
      row.classList.toggle("away", !here[i]);
      row.classList.toggle("wanted", i === wanted);
      bar.style.width = `${100 * shares[i]}%`;
      number.textContent = here[i] ? share(shares[i]) : "–";
    });
    const next = way[1] ?? at;
    set(agent, { transform: `translate(${X(at[0])} ${Y(at[1])})`, "aria-valuenow": at[0] + 1 + SIDE * at[1], "aria-valuetext": words(at) });
    set(eyes, { transform: `translate(${4 * (next[0] - at[0])} ${4 * (at[1] - next[1])})` });
    set(trail, { points: way.map(([x, y]) => `${X(x)},${Y(y)}`).join(" ") });
    set(end, { cx: X(way.at(-1)[0]), cy: Y(way.at(-1)[1]) });
    say(told(things, weights, way));
  }

  const say = announcer(sentence, 150);

  reset.addEventListener("click", stop);
  resets(reset, model, start, draw);
  const off = live(model, el, root, traits, draw);
  return () => {
    stop();
    off();
  };
}

export default { render };
