// Runs the course's widgets in a page without a kernel. Each `.attn-static` names a widget and
// holds its state; the widget's module, the same as in JupyterLab, comes from attn-<name>.js.
(function () {
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

  /** The part of anywidget's model that a front end can have alone. */
  function makeModel(state) {
    const listeners = new Map();
    const emit = (event, ...details) => {
      for (const callback of [...(listeners.get(event) ?? [])]) callback(...details);
    };
    const model = {
      get: (name) => state[name],
      set(name, value) {
        const changes = typeof name === "object" ? name : { [name]: value };
        const changed = Object.entries(changes).filter(([key, to]) => !same(state[key], to));
        for (const [key, to] of changed) state[key] = to;
        for (const [key, to] of changed) emit(`change:${key}`, model, to);
        if (changed.length) emit("change", model);
      },
      on(events, callback) {
        for (const event of events.split(" "))
          listeners.set(event, [...(listeners.get(event) ?? []), callback]);
      },
      off(events, callback) {
        for (const event of events ? events.split(" ") : [...listeners.keys()])
          listeners.set(event, callback ? (listeners.get(event) ?? []).filter((f) => f !== callback) : []);
      },
      save_changes() {}, // no kernel listens
      send() {},
    };
    return model;
  }

  const modules = new Map();
  function load(name) {
    if (!modules.has(name)) {
      const source = window.attnWidgets?.[name];
      if (source === undefined) throw new Error(`no widget is called "${name}"`);
      // From a Blob, because a page opened from disk may not import a module from a file.
      const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      modules.set(name, import(url).finally(() => URL.revokeObjectURL(url)));
    }
    return modules.get(name);
  }

  async function start(place) {
    const { default: exported } = await load(place.dataset.widget);
    const widget = typeof exported === "function" ? await exported() : exported;
    const model = makeModel(JSON.parse(place.dataset.state));
    const el = document.createElement("div");
    const cleanups = [await widget.initialize?.({ model })];
    place.append(el);
    cleanups.push(await widget.render?.({ model, el }));
    for (const child of [...place.children]) if (child !== el) child.remove();
    place.dataset.ready = "";
    addEventListener("pagehide", (event) => {
      if (!event.persisted) for (const cleanup of cleanups) cleanup?.();
    });
  }

  for (const place of document.querySelectorAll(".attn-static"))
    start(place).catch((error) => {
      place.dataset.failed = "";
      console.error(`widget ${place.dataset.widget}: ${error.stack ?? error}`);
    });
})();
