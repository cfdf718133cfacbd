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

  const list = document.querySelector(".attn-progress");
  if (!list) return;

  function answered(slug) {
    const quizzes = Object.keys(localStorage).filter((key) => key.startsWith(`${QUIZ}${slug}.html:`));
    return quizzes.reduce((sum, key) => sum + Object.keys(kept(key) ?? {}).length, 0);
  }

  function fill() {
    let any = false;
    for (const item of list.querySelectorAll("li")) {
      const { slug, questions } = item.dataset;
      const count = answered(slug), parts = [];
      if (count) parts.push(`${count} of ${questions} questions answered`);
      if (kept(OPENED + slug)) parts.push("exercises opened");
      item.querySelector("span").textContent = parts.join(", ");
      any ||= parts.length > 0;
    }
    list.querySelector("button").disabled = !any;
  }

  list.querySelector("button").addEventListener("click", () => {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(OPENED) || key.startsWith(QUIZ)) localStorage.removeItem(key);
    }
    fill();
  });
  try {
    fill();
    list.hidden = false;
  } catch { /* this browser keeps nothing */ }
})();
