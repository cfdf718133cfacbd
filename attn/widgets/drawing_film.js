// A digit being drawn, frame by frame. The arithmetic is in the exported functions.

/** Ink from 0 to 1 of each pixel; pictures are letters, a for none, z for full. */
export function inks(text) {
  return [...text].map((letter) => (letter.codePointAt(0) - 97) / 25);
}

/** The mean squared difference of two pictures. */
export function meanSquare(a, b) {
  const [x, y] = [inks(a), inks(b)];
  return x.reduce((sum, value, k) => sum + (value - y[k]) ** 2, 0) / x.length;
}

/** What the codes of the first `step` frames cost together, in nats. */
export function paid(frames, step) {
  return frames.slice(0, step).reduce((sum, frame) => sum + frame.kl, 0);
}

/** Ink that a step added to each pixel, below 0 where it took some away. */
export function change(before, after) {
  const old = inks(before);
  return inks(after).map((value, k) => value - old[k]);
}

const show = (x, digits = 2) => x.toFixed(digits).replace("-", "−");
const bare = (x) => show(x).replace(/^0/, "");
const SIDE = 8;
const CELL = 30;
const EMPTY = "n".repeat(SIDE * SIDE); // σ(0) = ½: half ink everywhere
const GLIDE = 450; // milliseconds from one step to the next
const REST = 250; // and how long it lies still there
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const mix = (a, b, part) => a + (b - a) * part;

/** A square of 8 by 8 pixels: `paint` takes ink, `tell` the change that a step made. */
function board(label) {
  const svg = make("svg:svg", { viewBox: "-6 -6 252 252", ...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" }) });
  const cells = [...Array(SIDE * SIDE).keys()].map((k) =>
    make("svg:rect", { x: CELL * (k % SIDE), y: CELL * Math.floor(k / SIDE), width: CELL, height: CELL, "fill-opacity": 0 }));
  const box = make("svg:rect", { class: "window", width: 0, height: 0 });
  svg.append(make("svg:rect", { class: "paper", width: 240, height: 240 }), make("svg:g", { class: "ink" }, ...cells), box);
  const paint = (ink) => ink.forEach((v, k) => cells[k].setAttribute("fill-opacity", v.toFixed(3)));
  const tell = (change) => change.forEach((v, k) => {
    cells[k].setAttribute("fill-opacity", Math.min(1, 2 * Math.abs(v)).toFixed(3));
    cells[k].setAttribute("class", v < 0 ? "less" : "more");
  });
  return { svg, box, paint, tell };
}

/** Where a frame's window lies on the board; without one, a point in the middle. */
function framed(now, N) {
  if (now?.stride === undefined) return [120, 120, 0];
  const half = ((N - 1) / 2) * now.stride + 0.5;
  return [(now.x + 0.5) * CELL, (now.y + 0.5) * CELL, half * CELL];
}

function render({ model, el }) {
  const films = model.get("films");
  const arms = [...new Set(films.map(({ arm }) => arm))];
  const steps = films[0].frames.length;
  const start = ["which", "step", "arm"].map((name) => [name, model.get(name)]);
  const canvas = board("The canvas");
  const made = board("What this step changed");
  const target = board("The digit to be copied");
  const button = (text) => make("button", { type: "button" }, text);
  const [play, reset] = ["Play", "Reset"].map(button);
  const caption = make("figcaption", {});
  const beside = make("figure", {}, target.svg, make("figcaption", {}, "the digit x"));
  const sentence = make("p", { "aria-live": "polite" });
  const table = make("table", { class: "attn-table" });

  const ways = arms.map((arm) => {
    const node = button(arm);
    node.addEventListener("click", () => (stop(), put("arm", arm)));
    return node;
  });
  const names = [...new Set(films.map(({ name }) => name))];
  const choices = names.map((name, i) => {
    const small = board("");
    const node = make("button", { type: "button", class: "choice" }, small.svg, make("span", {}, name));
    node.addEventListener("click", () => (stop(), put("which", i)));
    return { node, small };
  });
  // The strip: the empty canvas and one after each step, with a bar for what the step's code cost.
  const strip = Array.from({ length: steps + 1 }, (_, t) => {
    const small = board("");
    const cost = make("span", { class: "cost" });
    const node = make("button", { type: "button", "aria-label": t ? `after step ${t}` : "step 0, the empty canvas" }, small.svg, make("span", { class: "pay" }, cost), make("span", { class: "count" }, `${t}`));
    node.addEventListener("click", () => (stop(), go(t)));
    node.addEventListener("keydown", (event) => {
      const to = { ArrowRight: t + 1, ArrowLeft: t - 1, Home: 0, End: steps }[event.key];
      if (to === undefined || !strip[to]) return;
      event.preventDefault();
      stop();
      strip[to].node.focus();
      go(to);
    });
    return { node, small, cost };
  });
  const root = frame(make("div", { class: "attn-film" }),
    make("div", { class: "attn-row" }, make("fieldset", {}, make("legend", {}, "the model"), ...ways), make("div", {}, play, " ", reset)),
    make("div", { class: "choices", role: "group", "aria-label": "Which drawing" }, ...choices.map(({ node }) => node)),
    make("div", { class: "boards" }, make("figure", {}, canvas.svg, caption), make("figure", {}, made.svg, make("figcaption", {}, "what this step ", make("b", { class: "more" }, "added"), " and ", make("b", { class: "less" }, "took away"))), beside),
    make("div", { class: "strip", role: "group", "aria-label": "The canvas step by step" }, ...strip.map(({ node }) => node)),
    sentence,
    make("details", {}, make("summary", {}, "All steps in numbers"), table));

  const film = () => films.find(({ arm, name }) => arm === model.get("arm") && name === names[model.get("which")]);
  const inkAt = (frames, step) => (step ? frames[step - 1].ink : EMPTY);
  function put(name, value) {
    model.set(name, value);
    model.save_changes();
  }
  const go = (step) => put("step", Math.max(0, Math.min(steps, step)));

  /** What the board shows when it lies still: the ink, and middle and half side of the window. */
  function goal() {
    const { frames } = film();
    const step = model.get("step");
    return { ink: inks(inkAt(frames, step)), box: framed(frames[step - 1], model.get("N")) };
  }
  const between = (a, b, part) => ({ ink: a.ink.map((v, k) => mix(v, b.ink[k], part)), box: a.box.map((v, k) => mix(v, b.box[k], part)) });
  function lay({ ink, box: [x, y, half] }) {
    canvas.paint(ink);
    for (const [name, value] of Object.entries({ x: x - half, y: y - half, width: 2 * half, height: 2 * half })) canvas.box.setAttribute(name, value);
  }

  let turn = 0; // the next picture of the film, while it plays
  function stop() {
    cancelAnimationFrame(turn);
    turn = 0;
    play.textContent = "Play";
    lay(goal());
  }
  play.addEventListener("click", () => {
    if (turn) return stop();
    let since = performance.now();
    let from;
    const tick = (now) => {
      const part = Math.min(1, Math.max(0, now - since) / GLIDE);
      lay(between(from, goal(), still() ? 1 : part * part * (3 - 2 * part)));
      if (now - since > GLIDE + REST) {
        if (model.get("step") === steps) return stop();
        [from, since] = [goal(), now];
        go(model.get("step") + 1);
      }
      turn = requestAnimationFrame(tick);
    };
    turn = requestAnimationFrame(tick);
    play.textContent = "Stop";
    go(0);
    from = goal();
  });

  function paint() {
    const [which, step, arm] = ["which", "step", "arm"].map((name) => model.get(name));
    const { name, frames, target: copied } = film();
    const now = step ? frames[step - 1] : undefined;
    if (!turn) lay(goal());
    made.tell(now ? change(inkAt(frames, step - 1), now.ink) : Array(SIDE * SIDE).fill(0));
    target.paint(copied ? inks(copied) : Array(SIDE * SIDE).fill(0));
    beside.classList.toggle("none", !copied);
    caption.textContent = now?.stride === undefined ? "the canvas, σ(c)" : "the canvas, σ(c), and the window";
    ways.forEach((node, i) => node.setAttribute("aria-pressed", arms[i] === arm));
    choices.forEach(({ node, small }, i) => {
      node.setAttribute("aria-pressed", i === which);
      small.paint(inks(films.find((one) => one.arm === arm && one.name === names[i]).frames[steps - 1].ink));
    });
    strip.forEach(({ node, small, cost }, t) => {
      small.paint(inks(inkAt(frames, t)));
      cost.style.width = t && copied ? `${Math.min(100, 100 * frames[t - 1].kl)}%` : "0";
      if (t === step) node.setAttribute("aria-current", "step");
      else node.removeAttribute("aria-current");
    });
    const lines = [`${name}, ${arm}, step ${step} of ${steps}.`];
    if (!now) lines.push("The canvas is empty: c = 0, so every pixel has ink with probability ½.");
    else {
      if (now.stride !== undefined) lines.push(`It wrote through a window at column ${show(now.x, 1)}, row ${show(now.y, 1)}, its filters ${show(now.stride)} pixels apart.`);
      lines.push(copied ? `This step's code cost ${bare(now.kl)} nats, all so far ${bare(paid(frames, step))}; mean squared error ${show(meanSquare(now.ink, copied), 3)}.` : "Its code was drawn from the prior, and nobody was copied.");
    }
    say(lines.join(" "));
    const window = frames[0].stride !== undefined;
    const head = ["step", ...(window ? ["column", "row", "stride"] : []), ...(copied ? ["KL", "squared error"] : [])];
    const rows = frames.map((f, t) => [`${t + 1}`, ...(window ? [show(f.x, 1), show(f.y, 1), show(f.stride)] : []), ...(copied ? [show(f.kl), show(meanSquare(f.ink, copied), 3)] : [])]);
    table.replaceChildren(
      make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))),
      make("tbody", {}, ...rows.map(([t, ...rest]) => make("tr", {}, make("th", { scope: "row" }, t), ...rest.map((text) => make("td", {}, text))))));
  }

  const say = announcer(sentence, 200);

  reset.addEventListener("click", stop);
  resets(reset, model, start, paint);
  const off = live(model, el, root, ["which", "step", "arm"], paint);
  return () => {
    cancelAnimationFrame(turn);
    off();
  };
}

export default { render };
