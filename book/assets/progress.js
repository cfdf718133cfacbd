// What a reader has done, kept in this browser and sent nowhere: which quizzes were answered (by
// quiz.js) and which exercises were opened.
(function () {
  const OPENED = "attn-exercise:", QUIZ = "attn-quiz:";

  function kept(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }

  function open(slug) {
    try { localStorage.setItem(OPENED + slug, "true"); } catch { /* private window */ }
  }

  const here = location.pathname.match(/\/exercises\/(\w+)\/\w+\.html$/);
  if (here) open(here[1]);
  const chapter = location.pathname.match(/\/(\w+)\.html$/)?.[1];
  for (const link of document.querySelectorAll(".attn-exercise .attn-links a")) {
    link.addEventListener("click", () => open(chapter));
  }

  const box = document.querySelector(".attn-progress"), forget = box?.querySelector("button");
  if (!box) return;

  function answered(slug) {
    const quizzes = Object.keys(localStorage).filter((key) => key.startsWith(`${QUIZ}${slug}.html:`));
    return quizzes.reduce((sum, key) => sum + Object.keys(kept(key) ?? {}).length, 0);
  }

  function fill() {
    let any = false;
    for (const item of document.querySelectorAll(".attn-part li[data-slug]")) {
      const { slug, questions } = item.dataset;
      const count = answered(slug), parts = [];
      if (count) parts.push(`${count} of ${questions} questions answered`);
      if (kept(OPENED + slug)) parts.push("exercises opened");
      item.querySelector(".attn-done").textContent = parts.join(", ");
      any ||= parts.length > 0;
    }
    forget.disabled = !any;
  }

  forget.addEventListener("click", () => {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(OPENED) || key.startsWith(QUIZ)) localStorage.removeItem(key);
    }
    fill();
  });
  try {
    fill();
    box.hidden = false;
  } catch { /* this browser keeps nothing */ }
})();
