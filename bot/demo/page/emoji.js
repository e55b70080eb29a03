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
  "📷": '<rect x="2.500" y="6.500" width="19" height="13.500" rx="3" fill="#4c5a60"/><path d="M8 6.500l1.500-3h5l1.500 3z" fill="#4c5a60"/><circle cx="12" cy="13" r="4.200" fill="#9fc4d8" stroke="#fff" stroke-width="1.500"/>',
  "⬜": '<rect x="3.500" y="3.500" width="17" height="17" rx="3.500" fill="#fdfdfb" stroke="#a9b2ae" stroke-width="1.800"/>',
  "📎": '<path d="M17.500 7.500l-7.300 7.300a2 2 0 0 0 2.800 2.800l7-7a4.200 4.200 0 0 0-6-6l-7.300 7.300a6.300 6.300 0 0 0 8.900 8.900l5.400-5.400" fill="none" stroke="#5b6b72" stroke-width="1.900" stroke-linecap="round"/>',
  "📄": '<path d="M6 2.500h8.500L19 7v14.500H6z" fill="#fdfdfb" stroke="#8b9792" stroke-width="1.6" stroke-linejoin="round"/><path d="M14 2.500V7.500h5" fill="none" stroke="#8b9792" stroke-width="1.6"/><path d="M9 11.500h7M9 14.500h7M9 17.500h4.500" stroke="#6f8fb0" stroke-width="1.5" stroke-linecap="round"/>',
  "📝": '<path d="M6 2.500h8.500L19 7v14.500H6z" fill="#fdfdfb" stroke="#8b9792" stroke-width="1.6" stroke-linejoin="round"/><path d="M14 2.500V7.500h5" fill="none" stroke="#8b9792" stroke-width="1.6"/><path d="M9 11.500h7M9 14.500h7M9 17.500h4.500" stroke="#6f8fb0" stroke-width="1.5" stroke-linecap="round"/><path d="M20.500 10.500l-6 7-.8 2.300 2.200-1 6-7z" fill="#e3a52c"/>',
  "🧾": '<path d="M6 2.500h8.500L19 7v14.500H6z" fill="#fdfdfb" stroke="#8b9792" stroke-width="1.6" stroke-linejoin="round"/><path d="M14 2.500V7.500h5" fill="none" stroke="#8b9792" stroke-width="1.6"/><path d="M9 11.500h7M9 14.500h7M9 17.500h4.500" stroke="#6f8fb0" stroke-width="1.5" stroke-linecap="round"/>',
  "📋": '<rect x="4.500" y="4" width="15" height="18" rx="2" fill="#c08a55"/><rect x="6.500" y="6.500" width="11" height="13.500" fill="#fdfdfb"/><rect x="9" y="2" width="6" height="4" rx="1.500" fill="#5b6b72"/><path d="M9 11.500h7M9 14.500h7M9 17.500h4.500" stroke="#6f8fb0" stroke-width="1.5" stroke-linecap="round"/>',
  "📁": '<path d="M2.500 6A2 2 0 0 1 4.500 4h5l2 2.500h8a2 2 0 0 1 2 2V18a2 2 0 0 1-2 2h-15a2 2 0 0 1-2-2z" fill="#e3b04b"/><path d="M2.500 10h19v8a2 2 0 0 1-2 2h-15a2 2 0 0 1-2-2z" fill="#f0c565"/>',
  "📌": '<path d="M9 3h7l-1 6 3.500 4h-13L9 9z" fill="#d5392b"/><path d="M12 13v8.500" stroke="#5b6b72" stroke-width="2" stroke-linecap="round"/>',
  "📅": '<rect x="3.500" y="4.500" width="17" height="16" rx="2.500" fill="#fdfdfb" stroke="#8b9792" stroke-width="1.600"/><path d="M3.500 9.500h17" stroke="#d5392b" stroke-width="3"/><path d="M8 2.500v4M16 2.500v4" stroke="#8b9792" stroke-width="1.800" stroke-linecap="round"/>',
  "🗓": '<rect x="3.500" y="4.500" width="17" height="16" rx="2.500" fill="#fdfdfb" stroke="#8b9792" stroke-width="1.600"/><path d="M3.500 9.500h17" stroke="#d5392b" stroke-width="3"/><path d="M8 2.500v4M16 2.500v4" stroke="#8b9792" stroke-width="1.800" stroke-linecap="round"/>',
  "📊": '<rect x="3" y="3" width="18" height="18" rx="3" fill="#fdfdfb" stroke="#a9b2ae" stroke-width="1.500"/><path d="M8 17v-5M12 17V7M16 17v-7" stroke="#2f7fd0" stroke-width="2.600" stroke-linecap="round"/>',
  "⚠": '<path d="M12 3L22.500 21h-21z" fill="#f2b632" stroke="#b57a15" stroke-width="1.200" stroke-linejoin="round"/><path d="M12 9.500v5.500M12 17.800v.4" stroke="#4a3200" stroke-width="2.200" stroke-linecap="round"/>',
  "✋": '<path d="M6 12V6.500a1.500 1.500 0 0 1 3 0V4a1.500 1.500 0 0 1 3 0v-.5a1.500 1.500 0 0 1 3 0V6a1.500 1.500 0 0 1 3 0v9c0 4-2.500 7-6.500 7-3.500 0-5-1.800-8-6.500-.9-1.500 1-2.700 2.200-1.500z" fill="#eeb67c"/>',
  "✍": '<path d="M18.500 3l2.500 2.500L10 16.500l-4 1.500 1.500-4z" fill="#e3a52c"/><path d="M4 21c3-1.500 5 1 8 0s4-1 8 0" fill="none" stroke="#5b6b72" stroke-width="1.800" stroke-linecap="round"/>',
  "⚖": '<path d="M12 3v17M7 21h10M4 6.500h16" fill="none" stroke="#8a6a3a" stroke-width="2" stroke-linecap="round"/><path d="M5.500 7L2 14.500h7zM18.500 7L15 14.500h7z" fill="#e0ab3f"/>',
  "✓": '<path d="M4.500 12.500l5 5L20 6.500" fill="none" stroke="#2e9e5b" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>',
  "♻": '<path d="M12 4a8 8 0 1 1-7.500 5.200" fill="none" stroke="#2e9e5b" stroke-width="2.600" stroke-linecap="round"/><path d="M2 10.500l2.500-4.500L8.500 9z" fill="#2e9e5b"/>',
  "🔁": '<path d="M5 11V9.500A3.500 3.500 0 0 1 8.500 6H18M19 13v1.500A3.500 3.500 0 0 1 15.500 18H6" fill="none" stroke="#2f7fd0" stroke-width="2.200" stroke-linecap="round"/><path d="M16.500 2.500L20.500 6l-4 3.500zM7.500 14.500L3.500 18l4 3.500z" fill="#2f7fd0"/>',
  "🌙": '<path d="M19.500 15A8.500 8.500 0 0 1 9 4.500 8.500 8.500 0 1 0 19.500 15z" fill="#e0ab3f"/>',
  "🎧": '<path d="M4 15v-3a8 8 0 0 1 16 0v3" fill="none" stroke="#5b6b72" stroke-width="2.200"/><rect x="3" y="13.500" width="4.500" height="7" rx="2" fill="#4c5a60"/><rect x="16.500" y="13.500" width="4.500" height="7" rx="2" fill="#4c5a60"/>',
  "👥": '<circle cx="8.500" cy="8" r="3.500" fill="#6f8fb0"/><circle cx="16" cy="9" r="3" fill="#9db6c9"/><path d="M2 20c0-4.500 3-7 6.500-7s6.500 2.500 6.500 7z" fill="#6f8fb0"/><path d="M15.500 14c3.500 0 6 2 6.500 6h-5.500z" fill="#9db6c9"/>',
  "🔐": '<rect x="5" y="10" width="14" height="11" rx="2.500" fill="#e0ab3f"/><path d="M8 10V7.500a4 4 0 0 1 8 0V10" fill="none" stroke="#8a6a3a" stroke-width="2.200"/><circle cx="12" cy="15" r="1.800" fill="#8a6a3a"/>',
  "🔒": '<rect x="5" y="10" width="14" height="11" rx="2.500" fill="#e0ab3f"/><path d="M8 10V7.500a4 4 0 0 1 8 0V10" fill="none" stroke="#8a6a3a" stroke-width="2.200"/>',
  "🔕": '<path d="M12 2.500c-4 0-6.300 3-6.300 6.800 0 4.500-1.700 5.700-2.500 7.200h17.600c-.8-1.500-2.500-2.700-2.500-7.200 0-3.800-2.300-6.800-6.300-6.800z" fill="#b9c2be"/><path d="M3.500 3.500l17 17" stroke="#d5392b" stroke-width="2.400" stroke-linecap="round"/>',
  "🕑": '<circle cx="12" cy="12" r="8.800" fill="#fdfdfb" stroke="#5b6b72" stroke-width="2"/><path d="M12 7v5l4 2.500" fill="none" stroke="#5b6b72" stroke-width="2" stroke-linecap="round"/>',
  "🕓": '<circle cx="12" cy="12" r="8.800" fill="#fdfdfb" stroke="#5b6b72" stroke-width="2"/><path d="M12 7v5l3 3.500" fill="none" stroke="#5b6b72" stroke-width="2" stroke-linecap="round"/>',
  "🖨": '<rect x="3" y="9" width="18" height="8.500" rx="2" fill="#5b6b72"/><rect x="6.500" y="3" width="11" height="6" fill="#fdfdfb" stroke="#8b9792" stroke-width="1.200"/><rect x="6.500" y="14" width="11" height="7" fill="#fdfdfb" stroke="#8b9792" stroke-width="1.200"/>',
  "🤝": '<path d="M2 8l4-2 6 2 6-2 4 2v7l-3 1-5.500 4.500L7 16l-5-1z" fill="#eeb67c"/><path d="M8 12l4-4 6 6" fill="none" stroke="#a8703a" stroke-width="1.800" stroke-linecap="round"/>',
  "🧪": '<path d="M9.500 2.500h5M10.500 3v6L5 19a2 2 0 0 0 1.800 3h10.400A2 2 0 0 0 19 19l-5.500-10V3" fill="#eaf4f2" stroke="#5b6b72" stroke-width="1.600" stroke-linejoin="round"/><path d="M7.500 16h9l2 4.500H5.500z" fill="#2e9e5b"/>',
  "🧹": '<path d="M19.500 3L11 12" stroke="#8a6a3a" stroke-width="2.400" stroke-linecap="round"/><path d="M9 10l5 5c-1.500 4-5 6-10.500 6C5 19 4 17 5.500 14S7.500 11 9 10z" fill="#e0ab3f"/>',
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
