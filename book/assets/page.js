// What scrolls has to be reached by keyboard; what is folded has to be on paper.
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

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
})();
