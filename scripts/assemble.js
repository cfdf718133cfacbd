// The pages of the site as one document: ids get their page's name in front, links follow them.
// Called by pdf.py in a browser, with the pages in order, the parts and the site's address.
({ pages, parts, address }) => {
  const parse = (html) => new DOMParser().parseFromString(html, "text/html");
  const names = new Set(pages.map((page) => page.name));
  const shell = parse(pages[0].html);
  const anchor = (name, id) => (id ? `${name}--${id}` : name);

  // A link inside the book leads to its page in the document, any other to the published site.
  function lead(link, name) {
    const target = new URL(link.getAttribute("href"), `https://book.invalid/book/${name}.html`);
    if (target.host !== "book.invalid") return;
    const page = target.pathname.match(/^\/book\/(\w+)\.html$/)?.[1];
    const id = decodeURIComponent(target.hash.slice(1));
    if (names.has(page)) link.setAttribute("href", `#${anchor(page, id)}`);
    else link.setAttribute("href", address + target.pathname.slice(1) + target.hash);
  }

  function chapter({ name, html }) {
    const article = parse(html).querySelector("article.bd-article");
    for (const node of article.querySelectorAll(":not(svg *)[id]")) node.id = anchor(name, node.id);
    for (const key of ["for", "aria-labelledby", "aria-describedby"]) {
      for (const node of article.querySelectorAll(`[${key}]`)) {
        node.setAttribute(key, anchor(name, node.getAttribute(key)));
      }
    }
    for (const link of article.querySelectorAll("a[href]")) lead(link, name);
    for (const useless of article.querySelectorAll(".headerlink, .attn-progress")) useless.remove();
    for (const folded of article.querySelectorAll("details")) folded.open = true;
    const section = shell.createElement("div");
    section.className = "attn-printed-page";
    section.id = name;
    section.append(...article.childNodes);
    return section;
  }

  function contents() {
    const box = shell.createElement("nav");
    box.className = "attn-printed-contents";
    box.innerHTML = "<h2>Contents</h2>";
    for (const part of parts) {
      const list = shell.createElement("ol");
      for (const name of part.names) {
        const page = sections.find((section) => section.id === name);
        const line = list.appendChild(shell.createElement("li"));
        const link = line.appendChild(shell.createElement("a"));
        link.href = `#${name}`;
        link.textContent = page.querySelector("h1").textContent.trim();
      }
      const caption = shell.createElement("p");
      caption.textContent = part.caption;
      box.append(caption, list);
    }
    return box;
  }

  const sections = pages.map(chapter);
  sections[0].append(contents());
  shell.title = sections[0].querySelector("h1").textContent.trim();
  shell.querySelector("article.bd-article").replaceChildren(...sections);
  const loaded = new Set([...shell.scripts].map((script) => script.getAttribute("src")));
  for (const page of pages) {
    for (const script of parse(page.html).querySelectorAll("script[src]")) {
      if (loaded.has(script.getAttribute("src"))) continue;
      loaded.add(script.getAttribute("src"));
      shell.head.append(shell.importNode(script, true));
    }
  }
  return `<!doctype html>${shell.documentElement.outerHTML}`;
}
