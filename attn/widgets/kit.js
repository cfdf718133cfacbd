// What all widgets share. `base.py` puts this text before each widget's own module.
const SVG = "http://www.w3.org/2000/svg";

/** softmax of a list of scores, safe from overflow: the twin of attn/equations/softmax.py. */
function softmax(scores) {
  const largest = Math.max(...scores);
  const powers = scores.map((s) => Math.exp(s - largest));
  const total = powers.reduce((sum, p) => sum + p, 0);
  return powers.map((p) => p / total);
}

/** a · b */
function dot(a, b) {
  return a.reduce((sum, x, i) => sum + x * b[i], 0);
}

/** The numbers that attn.sentiment_reader.quantised packed, one flat list. */
function unpack({ bytes, scale }) {
  return Float64Array.from(atob(bytes), (c) => ((c.charCodeAt(0) << 24) >> 24) * scale);
}

/** Rows of a matrix that was packed flat. */
function rows(packed) {
  const [n, m] = packed.shape;
  const flat = unpack(packed);
  return Array.from({ length: n }, (_, i) => Array.from(flat.subarray(i * m, (i + 1) * m)));
}

/** An element with attributes and children; `tag` may start with "svg:". */
function make(tag, attributes = {}, ...children) {
  const node = tag.startsWith("svg:")
    ? document.createElementNS(SVG, tag.slice(4))
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Makes a node the frame of a widget: fills it, and leaves the keys of each control to it. */
function frame(node, ...children) {
  node.classList.add("attn-widget");
  node.replaceChildren(...children);
  // JupyterLab would take the arrow keys of a focused control, to walk from cell to cell; it looks
  // for this mark on the control itself.
  for (const control of node.querySelectorAll("input, button, summary, [tabindex]"))
    control.dataset.lmSuppressShortcuts = "true";
  return node;
}

/** Makes a node of an SVG a slider: `drag(point)` follows mouse and touch in the drawing's own
 *  coordinates, `press(key, event)` the keyboard; `press` returns true for the keys that it used. */
function slider(svg, node, { label, drag, press }) {
  for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, "aria-label": label }))
    node.setAttribute(name, value);
  node.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    node.focus();
    node.setPointerCapture(event.pointerId);
  });
  node.addEventListener("pointermove", (event) => {
    if (!node.hasPointerCapture(event.pointerId)) return;
    const place = svg.getScreenCTM().inverse();
    drag(new DOMPoint(event.clientX, event.clientY).matrixTransform(place));
  });
  node.addEventListener("keydown", (event) => {
    if (press(event.key, event)) event.preventDefault();
  });
}

/** Tells a screen reader, in a live region, where things have come to rest, not every step. */
function announcer(region, wait = 400) {
  let timer;
  return (text) => {
    clearTimeout(timer);
    timer = setTimeout(() => (region.textContent = text), region.textContent ? wait : 0);
  };
}

/** `draw`, once for all traits that change in one step. */
function once(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      draw();
    });
  };
}

/** Shows a widget, drawn now and at each change of the named traits; returns what ends that. */
function live(model, el, root, names, draw, redraw = draw) {
  const events = names.map((name) => `change:${name}`).join(" ");
  model.on(events, redraw);
  el.append(root);
  draw();
  return () => model.off(events, redraw);
}

/** Has a button set the traits to what they were at the start. */
function resets(button, model, start, draw) {
  button.addEventListener("click", () => {
    for (const [name, value] of start) model.set(name, value);
    model.save_changes();
    draw();
  });
}
