(() => {
  "use strict";
  const form = document.querySelector("form[data-part]");
  if (!form || !window.fetch) return;
  const list = document.querySelector(".files"), words = form.dataset, piece = 4 * 1024 * 1024;
  form.classList.add("alive");
  form.noValidate = true;
  const rest = (ms) => new Promise((go) => {
    const timer = setTimeout(go, ms);
    addEventListener("online", () => { clearTimeout(timer); go(); }, { once: true });
  });
  const mark = (file) => {
    let a = 0x811c9dc5, b = 0x9e3779b9;
    for (const one of `${file.name}|${file.size}|${file.lastModified}`) {
      a = Math.imul(a ^ one.codePointAt(0), 0x01000193) >>> 0;
      b = Math.imul(b ^ one.codePointAt(0), 0x85ebca6b) >>> 0;
    }
    return a.toString(16).padStart(8, "0") + b.toString(16).padStart(8, "0");
  };
  const row = (file) => {
    const item = document.createElement("li"), name = document.createElement("span"), bar = document.createElement("progress"), state = document.createElement("span");
    name.textContent = file.name; name.className = "name"; state.className = "state"; state.setAttribute("role", "status"); bar.max = file.size || 1; bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    item.append(name, bar, state); list.append(item);
    return (have, text, kind) => { if (have !== null) bar.value = have; state.textContent = text; item.className = kind; };
  };
  async function send(file, show) {
    const url = `${words.part}/${mark(file)}`;
    for (let tries = 0; ;) {
      try {
        let have = (await json(await fetch(url, { cache: "no-store" }))).have;
        if (have > file.size) return "not_kept";
        while (have < file.size) {
          show(have, words.sending.replace("%", `${Math.floor((100 * have) / file.size)}%`), "sending");
          have = (await json(await fetch(`${url}?from=${have}`, { method: "PUT", body: file.slice(have, have + piece) }))).have;
          tries = 0;
        }
        const body = new URLSearchParams({ name: file.name, type: file.type, size: file.size });
        const end = await json(await fetch(url, { method: "POST", body }));
        if (end.said) return end.said;
      } catch (error) {
        if (error.said) return error.said;
        tries += 1; show(null, words.broken, "broken");
        await rest(Math.min(20000, 500 * 2 ** tries));
      }
    }
  }
  async function json(answer) {
    if (answer.ok || answer.status === 409) return answer.json();
    let said = "";
    if (answer.status === 410 || answer.status === 403) said = "ended";
    if (answer.status === 413) said = (await answer.json()).said;
    throw Object.assign(new Error(answer.status), { said });
  }
  let queue = Promise.resolve(), open = 0;
  const take = (files) => {
    for (const file of files) {
      const show = row(file);
      show(0, words.waits, "waits"); open += 1;
      queue = queue.then(async () => {
        const said = await send(file, show);
        show(said === "uploaded" ? file.size : null, words[said] || words.ended, said === "uploaded" ? "good" : "bad");
        open -= 1;
        if (said === "uploaded") document.querySelectorAll("[data-count]").forEach((one) => { one.textContent = String(Number(one.textContent) + 1); });
      });
    }
  };
  const input = form.querySelector("input[type=file]");
  input.addEventListener("change", () => { take([...input.files]); input.value = ""; });
  form.addEventListener("submit", (event) => { event.preventDefault(); input.click(); });
  addEventListener("beforeunload", (event) => { if (open) event.preventDefault(); });
})();
