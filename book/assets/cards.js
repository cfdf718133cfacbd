// Cards for terms, citations and equations: by mouse, by keyboard and by a first touch; Escape and
// a click elsewhere close them. What a card says is in the page already.
(function () {
  const sources = 'a.attn-term, .bibtex-citation a[title], a.reference[href^="#equation-"]';
  const card = document.createElement("div");
  card.className = "attn-card";
  card.id = "attn-card";
  card.role = "tooltip";
  card.hidden = true;
  let shownFor = null, timer = 0, touched = false;

  function line(tag, text, attributes = {}) {
    const node = document.createElement(tag);
    node.textContent = text;
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  }

  function termParts({ term, card: definition, fr, ar, darija }) {
    const tongues = line("p", "", { class: "attn-tongues" });
    tongues.append(
      line("span", fr, { lang: "fr" }), " · ", line("bdi", ar, { lang: "ar", dir: "rtl" }), " · ",
      line("span", darija, { lang: "ary-Latn" }),
    );
    return [line("p", term, { class: "attn-card-title" }), line("p", definition), tongues];
  }

  function equationParts(link) {
    const shown = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    const copy = shown?.querySelector("mjx-container, .MathJax")?.cloneNode(true);
    for (const node of copy?.querySelectorAll("[id]") ?? []) node.removeAttribute("id");
    copy?.removeAttribute("tabindex");
    return copy ? [copy] : null;
  }

  function parts(link) {
    if (link.matches(".attn-term")) return termParts(link.dataset);
    return link.dataset.citation ? [line("p", link.dataset.citation)] : equationParts(link);
  }

  // Below the words, or above them where there is no room; never past the page's edges.
  function place(link) {
    const [first] = link.getClientRects();
    const edge = document.documentElement.clientWidth - card.offsetWidth - 8;
    const below = first.bottom + 6, above = first.top - card.offsetHeight - 6;
    const fits = below + card.offsetHeight <= innerHeight || above < 0;
    card.style.left = `${Math.max(8, Math.min(first.left, edge)) + scrollX}px`;
    card.style.top = `${(fits ? below : above) + scrollY}px`;
  }

  function show(link, hint = "") {
    clearTimeout(timer);
    if (shownFor === link) return;
    hide();
    const content = parts(link);
    if (!content) return;
    card.replaceChildren(...content);
    if (hint) card.append(line("p", hint, { class: "attn-card-hint" }));
    card.hidden = false;
    place(link);
    link.setAttribute("aria-describedby", card.id);
    shownFor = link;
  }

  function hide() {
    clearTimeout(timer);
    card.hidden = true;
    shownFor?.removeAttribute("aria-describedby");
    shownFor = null;
  }

  function later(action, wait) {
    clearTimeout(timer);
    timer = setTimeout(action, wait);
  }

  const links = [...document.querySelectorAll(sources)];
  for (const link of links) {
    if (link.title) {
      link.dataset.citation = link.title; // the card says it, to keyboards and fingers too
      link.removeAttribute("title");
    }
    link.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") later(() => show(link), 150);
    });
    link.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") later(hide, 250);
    });
    link.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch"; });
    link.addEventListener("focus", () => { if (link.matches(":focus-visible")) show(link); });
    link.addEventListener("blur", hide);
    link.addEventListener("click", (event) => {
      if (!touched || shownFor === link) return;
      show(link, "Tap the words again to follow the link.");
      if (shownFor === link) event.preventDefault();
    });
  }
  if (links.length === 0) return;
  card.addEventListener("pointerenter", () => clearTimeout(timer));
  card.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") later(hide, 250);
  });
  document.addEventListener("pointerdown", (event) => {
    if (shownFor && !card.contains(event.target) && !shownFor.contains(event.target)) hide();
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("resize", hide);
  document.body.append(card);
})();
