// What scrolls has to be reached by keyboard, what folds has to have a name, and what is folded has
// to be on paper.
(function () {
  const wide = 'mjx-container[display="true"], .bd-article pre, .pst-scrollable-table-container';

  function reach() {
    for (const box of document.querySelectorAll(wide)) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else if (box.tagName !== "PRE") box.removeAttribute("tabindex");
    }
  }

  addEventListener("resize", reach);
  (window.MathJax?.startup?.promise ?? Promise.resolve()).then(reach);

  // The theme's navigation folds with an arrow and no words.
  for (const summary of document.querySelectorAll(".bd-links summary")) {
    const page = summary.closest("li").querySelector("a").textContent.trim();
    summary.setAttribute("aria-label", `Pages below ${page}`);
  }

  // Opened from a folder, a script may not read other pages: the search then shows titles alone.
  if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS === "object") {
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  }

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
})();
