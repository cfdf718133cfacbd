// Answers a choice with its explanation and keeps the score in this browser.
(function () {
  const storage = {
    read(key) {
      try { return JSON.parse(localStorage.getItem(key)) ?? {}; } catch { return {}; }
    },
    write(key, value) {
      try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private window */ }
    },
  };

  function start(quiz, index) {
    const key = `attn-quiz:${location.pathname.split("/").pop()}:${index}`;
    const answers = storage.read(key);
    const questions = [...quiz.querySelectorAll(".attn-question")];
    const score = document.createElement("p");
    const reset = document.createElement("button");
    score.setAttribute("role", "status");
    score.className = "attn-score";
    reset.type = "button";
    reset.textContent = "Start again";

    function showScore() {
      const right = quiz.querySelectorAll('[data-right="true"] input:checked').length;
      score.textContent = `${right} of ${questions.length} answered right`;
    }

    function show(question) {
      const answer = question.querySelector(".attn-answer");
      for (const option of question.querySelectorAll(".attn-option")) delete option.dataset.chosen;
      answer.replaceChildren();
      const chosen = question.querySelector("input:checked")?.closest(".attn-option");
      if (!chosen) return;
      chosen.dataset.chosen = "";
      answer.dataset.right = chosen.dataset.right;
      answer.append(...chosen.querySelector(".attn-explanation").cloneNode(true).childNodes);
    }

    for (const question of questions) {
      const answer = document.createElement("div");
      answer.className = "attn-answer";
      answer.setAttribute("aria-live", "polite");
      question.append(answer);
      for (const input of question.querySelectorAll("input")) {
        input.checked = input.value === answers[question.dataset.identity];
        input.addEventListener("change", () => {
          answers[question.dataset.identity] = input.value;
          storage.write(key, answers);
          show(question);
          showScore();
        });
      }
    }
    reset.addEventListener("click", () => {
      for (const name of Object.keys(answers)) delete answers[name];
      storage.write(key, answers);
      for (const input of quiz.querySelectorAll("input")) input.checked = false;
      questions.forEach(show);
      showScore();
      questions[0].querySelector("input").focus();
    });

    const foot = document.createElement("div");
    foot.className = "attn-quiz-foot";
    foot.append(score, reset);
    quiz.append(foot);
    quiz.dataset.live = "";
    // Explanations that are shown again at load are copied after MathJax has set them.
    const typeset = window.MathJax?.startup?.promise ?? Promise.resolve();
    typeset.then(() => questions.forEach(show));
    showScore();
  }

  document.querySelectorAll(".attn-quiz").forEach(start);
})();
