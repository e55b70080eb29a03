// The few signs that the bot uses, drawn here: many machines have no emoji font, and a box with a code says nothing.

const disc = (colour) => `<circle cx="12" cy="12" r="8.5" fill="${colour}"/>`;
const SIGNS = {
  "✅": '<rect x="2.5" y="2.5" width="19" height="19" rx="5" fill="#2e9e5b"/><path d="M7 12.500l3.5 3.500L17.5 8.5" fill="none" stroke="#fff" stroke-width="2.8" stroke-linecap="round" stroke-linejoin="round"/>',
  "🟠": disc("#ec8a24"),
  "🔴": disc("#d5392b"),
  "🟢": disc("#2e9e5b"),
  "🔵": disc("#2f7fd0"),
  "⚪": '<circle cx="12" cy="12" r="8" fill="#e9ecea" stroke="#a9b2ae" stroke-width="1.5"/>',
  "⏳": '<path d="M6 2.500h12M6 21.500h12" stroke="#8a6a3a" stroke-width="2.6" stroke-linecap="round"/><path d="M7.5 4h9c0 4-2.6 5.8-3.7 8 1.1 2.2 3.7 4 3.7 8h-9c0-4 2.6-5.8 3.7-8C10.1 9.8 7.5 8 7.5 4z" fill="#f3e3bd" stroke="#8a6a3a" stroke-width="1.3"/><path d="M9.3 7h5.400L12 11zM8.6 19.400c.4-2.6 2-3.6 3.4-4.6 1.4 1 3 2 3.4 4.600z" fill="#d99a32"/>',
  "📍": '<path d="M12 22c4.6-5.6 7-8.7 7-12a7 7 0 0 0-14 0c0 3.3 2.4 6.4 7 12z" fill="#d5392b"/><circle cx="12" cy="9.8" r="2.7" fill="#fff"/>',
  "🔔": '<path d="M12 2.500c-4 0-6.3 3-6.3 6.8 0 4.5-1.7 5.7-2.5 7.200h17.600c-.8-1.5-2.5-2.7-2.5-7.2 0-3.8-2.3-6.8-6.3-6.800z" fill="#e3a52c"/><path d="M9.5 18.500a2.6 2.6 0 0 0 5 0z" fill="#b57a15"/>',
  "📣": '<path d="M3 10.500v4l3 .5 1.5 5.5 3-.5-1-4.5 9.5 3.500V5.500z" fill="#d9583e"/><path d="M19 5.500c2.5 1.2 2.5 12.3 0 13.5-1.7-1.5-1.7-12 0-13.500z" fill="#f3d2c5"/>',
  "🚗": '<path d="M5.5 6.500C6 5.3 6.8 5 8 5h8c1.2 0 2 .3 2.5 1.500L20.3 11c1 .4 1.7 1 1.7 2.200V18h-3.500v-1.500h-13V18H2v-4.800c0-1.2.7-1.8 1.7-2.200z" fill="#c8402f"/><path d="M6.8 10.500l1.3-3.300h7.800l1.3 3.300z" fill="#cfe6f2"/><circle cx="6" cy="13.8" r="1.4" fill="#ffe9a8"/><circle cx="18" cy="13.8" r="1.4" fill="#ffe9a8"/>',
  "☎": '<path d="M7 3.500c-1.7.6-3 2.2-3 4.200C4 14.5 9.5 20 16.3 20c2 0 3.6-1.3 4.2-3l-4.3-2.7-2.2 1.900c-2.5-1.2-4.4-3.1-5.6-5.600L10.3 8z" fill="#4c6b86"/>',
  "💰": '<path d="M9.5 6.500l-2-4h9l-2 4z" fill="#c08a25"/><path d="M9.5 6.500h5c4 3 6 7 6 10.5 0 3-2.5 4.5-8.5 4.500S3.5 20 3.5 17c0-3.5 2-7.5 6-10.500z" fill="#e0ab3f"/><path d="M9 11l3 3.200L15 11M12 14.200V19M9.3 15h5.400M9.3 17h5.4" fill="none" stroke="#7a5512" stroke-width="1.5" stroke-linecap="round"/>',
  "💬": '<path d="M4.5 4h15A2.5 2.5 0 0 1 22 6.500v8a2.5 2.5 0 0 1-2.5 2.500H11l-5 4v-4H4.500A2.5 2.5 0 0 1 2 14.500v-8A2.5 2.5 0 0 1 4.5 4z" fill="#6f8fb0"/><circle cx="8" cy="10.5" r="1.3" fill="#fff"/><circle cx="12" cy="10.5" r="1.3" fill="#fff"/><circle cx="16" cy="10.5" r="1.3" fill="#fff"/>',
};
const FOUND = new RegExp(`(${Object.keys(SIGNS).join("|")})\\uFE0F?`, "u");

// Text with its signs drawn; the characters stay beneath for reading aloud and copying.
export function dressed(text) {
  const out = document.createDocumentFragment();
  let rest = text;
  for (let found = FOUND.exec(rest); found; found = FOUND.exec(rest)) {
    out.append(rest.slice(0, found.index), sign(found[1]));
    rest = rest.slice(found.index + found[0].length);
  }
  out.append(rest);
  return out;
}

function sign(char) {
  const made = document.createElement("span");
  made.className = "sign";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = SIGNS[char];
  const under = document.createElement("span");
  under.className = "under";
  under.textContent = char;
  made.append(svg, under);
  return made;
}
