// Small words for making elements; and the only door through which a message's HTML enters the page.

import { dressed } from "./emoji.js";

export function el(tag, { cls, text, on, data, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (cls) made.className = cls;
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(data ?? {})) made.dataset[name] = value;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  for (const [name, listener] of Object.entries(on ?? {})) made.addEventListener(name, listener);
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export const button = (text, onClick, more = {}) => el("button", { type: "button", text, on: { click: onClick }, ...more });

const ALLOWED = new Set(["B", "I", "U", "S", "A", "CODE", "PRE", "BLOCKQUOTE", "TG-TIME", "TG-SPOILER"]);

// The server escapes what people write; this keeps to the tags a chat client knows, whatever comes.
export function rich(html) {
  const source = new DOMParser().parseFromString(html, "text/html").body;
  const out = document.createDocumentFragment();
  copy(source, out);
  return out;
}

function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(dressed(node.textContent));
    else if (node.nodeType === Node.ELEMENT_NODE) {
      if (!ALLOWED.has(node.tagName)) {
        copy(node, to);
        continue;
      }
      const kept = document.createElement(node.tagName);
      if (node.tagName === "A" && /^(https?|tg|tel):/i.test(node.getAttribute("href") ?? "")) {
        kept.href = node.getAttribute("href");
        kept.target = "_blank";
        kept.rel = "noopener noreferrer";
      }
      for (const name of ["unix", "format", "expandable"]) {
        if (node.hasAttribute(name)) kept.setAttribute(name, node.getAttribute(name));
      }
      copy(node, kept);
      to.append(kept);
    }
  }
}
