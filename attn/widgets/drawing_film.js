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

const show = (x, digits = 2) => x.toFixed(digits).replace("-", "−");
const SIDE = 8;
const CELL = 30;
const EMPTY = "n".repeat(SIDE * SIDE); // σ(0) = ½: half ink everywhere

function board(label) {
  const svg = make("svg:svg", { viewBox: "-6 -6 252 252", role: "img", "aria-label": label });
  const group = make("svg:g", { class: "ink" });
  const cells = [...Array(SIDE * SIDE).keys()].map((k) =>
    group.appendChild(make("svg:rect", { x: CELL * (k % SIDE), y: CELL * Math.floor(k / SIDE), width: CELL + 0.4, height: CELL + 0.4, "fill-opacity": 0 })),
  );
  const box = make("svg:rect", { class: "window", width: 0, height: 0 });
  svg.append(make("svg:rect", { class: "paper", width: 240, height: 240 }), group, box);
  const paint = (text) => (text ? inks(text) : Array(64).fill(0)).forEach((v, k) => cells[k].setAttribute("fill-opacity", v));
  return { svg, box, paint };
}

function render({ model, el }) {
  const films = model.get("films");
  const steps = films[0].frames.length;
  const canvas = board("The canvas");
  const target = board("The digit to be copied");
  const button = (text) => make("button", { type: "button" }, text);
  const [before, next, play] = ["Step back", "Step on", "Play"].map(button);
  const time = make("input", { type: "range", min: 0, max: steps, step: 1, "aria-label": "Steps drawn" });
  const choose = films.map(({ name }) => button(name));
  const sentence = make("p", { "aria-live": "polite" });
  const table = make("table", { class: "attn-table" });
  const beside = make("figure", {}, target.svg, make("figcaption", {}, "the digit x"));
  const root = frame(
    make("div", { class: "attn-film" }),
    make("fieldset", {}, make("legend", {}, "Which drawing"), ...choose),
    make("div", { class: "attn-filter-row" }, make("figure", {}, canvas.svg, make("figcaption", {}, "the canvas, σ(c_t), and the window written through")), beside),
    make("div", { class: "attn-film-controls" }, before, " ", next, " ", play, " ", make("label", {}, "step ", time)),
    sentence,
    make("details", {}, make("summary", {}, "All steps in numbers"), table),
  );

  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  };
  const go = (step) => {
    model.set("step", Math.max(0, Math.min(steps, step)));
    model.save_changes();
    paint();
  };
  before.addEventListener("click", () => (stop(), go(model.get("step") - 1)));
  next.addEventListener("click", () => (stop(), go(model.get("step") + 1)));
  time.addEventListener("input", () => (stop(), go(Number(time.value))));
  play.addEventListener("click", () => {
    if (timer) return stop();
    play.textContent = "Stop";
    go(0);
    timer = setInterval(() => {
      go(model.get("step") + 1);
      if (model.get("step") === steps) stop();
    }, 700);
  });
  choose.forEach((node, i) =>
    node.addEventListener("click", () => {
      stop();
      model.set("which", i);
      model.save_changes();
      paint();
    }),
  );

  function paint() {
    const [which, step, N] = ["which", "step", "N"].map((name) => model.get(name));
    const film = films[which];
    const now = step ? film.frames[step - 1] : undefined;
    canvas.paint(now ? now.ink : EMPTY);
    target.paint(film.target);
    beside.hidden = !film.target;
    const half = now ? ((N - 1) / 2) * now.stride + 0.5 : 0;
    const place = now ? { x: (now.x + 0.5 - half) * CELL, y: (now.y + 0.5 - half) * CELL, width: 2 * half * CELL, height: 2 * half * CELL } : { x: 0, y: 0, width: 0, height: 0 };
    for (const [name, value] of Object.entries(place)) canvas.box.setAttribute(name, value);
    time.value = step;
    time.setAttribute("aria-valuetext", `step ${step} of ${steps}`);
    before.disabled = step === 0;
    next.disabled = step === steps;
    choose.forEach((node, i) => node.setAttribute("aria-pressed", i === which));
    const lines = [`${film.name}, step ${step} of ${steps}.`];
    if (!now) lines.push("The canvas is empty: c = 0, so every pixel has ink with probability ½.");
    else {
      lines.push(`It wrote through a window at column ${show(now.x, 1)}, row ${show(now.y, 1)}, its filters ${show(now.stride)} pixels apart.`);
      lines.push(film.target ? `This step's code cost ${show(now.kl)} nats, ${show(paid(film.frames, step))} in all so far; mean squared error ${show(meanSquare(now.ink, film.target), 3)}.` : "Its code was drawn from the prior, and nobody was copied.");
    }
    const words = lines.join(" ");
    if (sentence.textContent !== words) sentence.textContent = words;
    const rows = film.frames.map((f, t) => [`${t + 1}`, show(f.x, 1), show(f.y, 1), show(f.stride), ...(film.target ? [show(f.kl), show(meanSquare(f.ink, film.target), 3)] : [])]);
    const head = ["step", "column", "row", "stride", ...(film.target ? ["KL", "squared error"] : [])];
    table.replaceChildren(
      make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))),
      make("tbody", {}, ...rows.map(([t, ...rest]) => make("tr", {}, make("th", { scope: "row" }, t), ...rest.map((text) => make("td", {}, text))))),
    );
  }

  model.on("change:which change:step", paint);
  el.append(root);
  paint();
  return () => {
    stop();
    model.off("change:which change:step", paint);
  };
}

export default { render };
