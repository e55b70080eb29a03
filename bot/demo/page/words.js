// The page's own words in two languages. The bot's language is each person's own affair.

const KEY = "whistle.lang";
let texts = { zh: {}, en: {} };
let lang = localStorage.getItem(KEY) === "en" ? "en" : "zh";

export async function load() {
  texts = await (await fetch("/page/texts.json")).json();
}

export const language = () => lang;

export function speak(next) {
  lang = next;
  localStorage.setItem(KEY, next);
}

export function t(key, facts = {}) {
  const text = texts[lang][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
}

// {zh, en} of a data file, or {zh, en} under a prefix (at_zh, at_en).
export const pick = (pair, prefix = "") => pair?.[prefix ? `${prefix}_${lang}` : lang] ?? pair?.[prefix ? `${prefix}_zh` : "zh"] ?? "";

export function translate(root = document) {
  for (const one of root.querySelectorAll("[data-t]")) one.textContent = t(one.dataset.t);
}
