(() => {
  "use strict";
  const form = document.querySelector("form[data-type]"), state = document.querySelector("[data-saved]");
  if (!form || !state || !window.fetch) return;
  let changed = new Map(), waiting = 0, sending = false, failures = 0;
  const say = (key) => { state.textContent = state.dataset[key]; state.className = "state " + key; };
  const later = (ms) => { clearTimeout(waiting); waiting = setTimeout(save, ms); };
  async function save() {
    if (sending || !changed.size) return;
    sending = true; say("saving");
    const sent = changed; changed = new Map();
    try {
      const answer = await fetch(form.dataset.type, { method: "POST", body: new URLSearchParams([...sent]) });
      if (answer.status === 410 || answer.status === 409) { say("ended"); changed = new Map(); return; }
      if (!answer.ok) throw new Error(answer.status);
      failures = 0; say("saved");
    } catch {
      for (const [key, value] of sent) if (!changed.has(key)) changed.set(key, value);
      failures += 1; say("failed"); later(Math.min(30000, 1000 * 2 ** failures));
    } finally {
      sending = false;
      if (changed.size && !failures) later(800);
    }
  }
  form.addEventListener("input", (event) => {
    const field = event.target.closest(".field");
    if (!field) return;
    field.classList.toggle("missing", !event.target.value.trim());
    changed.set(event.target.name, event.target.value);
    later(1200);
  });
  form.addEventListener("focusout", () => later(0));
  form.addEventListener("submit", () => { changed = new Map(); });
  addEventListener("online", () => { failures = 0; later(0); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) later(0); });
  addEventListener("beforeunload", (event) => { if (changed.size) event.preventDefault(); });
})();
