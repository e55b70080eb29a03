// Line icons of the page itself, so that it looks the same where no emoji font is installed.

const PATHS = {
  clip: '<path d="M20 11.5l-8.2 8.2a5 5 0 0 1-7.1-7.1l8.9-8.9a3.4 3.4 0 0 1 4.8 4.8l-8.8 8.8a1.7 1.7 0 0 1-2.4-2.4l7.9-7.9"/>',
  send: '<path d="M4 12l16-7.5-5.4 15.5-3.2-6.2z"/><path d="M11.4 13.8L20 4.5"/>',
  photo: '<rect x="3.5" y="5" width="17" height="14" rx="2.5"/><circle cx="9" cy="10" r="1.6"/><path d="M4.5 17l5-4.5 3.2 2.8 3.3-3.8 4 4.5"/>',
  album: '<rect x="3" y="7.5" width="13.5" height="12.5" rx="2.2"/><path d="M7 4h11.3A2.7 2.7 0 0 1 21 6.7V16"/><path d="M4 17l4-3.6 3 2.6 4.5-4"/>',
  mic: '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3"/>',
  video: '<rect x="3" y="6" width="12.5" height="12" rx="2.5"/><path d="M15.5 11l5-3v8l-5-3"/>',
  file: '<path d="M6 3h8l4.5 4.5V21H6z"/><path d="M14 3v4.5h4.5M9 13h6M9 16.5h6"/>',
  forward: '<path d="M13 5l7 7-7 7v-4.2C8 14.8 5.6 16.6 4 19c.3-5.5 3.5-9.3 9-9.800z"/>',
  reply: '<path d="M11 5l-7 7 7 7v-4.200c5 0 7.4 1.8 9 4.2-.3-5.5-3.5-9.3-9-9.800z"/>',
  pen: '<path d="M4 20l1-4.500L16.5 4a2.1 2.1 0 0 1 3 3L8 18.500z"/>',
  copy: '<rect x="8" y="8" width="12" height="12" rx="2.5"/><path d="M16 8V6.500A2.5 2.5 0 0 0 13.5 4h-7A2.5 2.5 0 0 0 4 6.500v7A2.5 2.5 0 0 0 6.5 16H8"/>',
  place: '<path d="M12 21c4.5-5 7-8.4 7-11.400A7 7 0 0 0 5 9.600C5 12.6 7.5 16 12 21z"/><circle cx="12" cy="9.6" r="2.4"/>',
  pin: '<path d="M9 3h6l-.8 6.5 3.3 3V14h-11v-1.500l3.3-3zM12 14v7"/>',
  play: '<path d="M8 5.500v13l10.5-6.500z" fill="currentColor"/>',
  fast: '<path d="M4 6v12l8-6zM12.5 6v12l8-6z" fill="currentColor"/>',
  person: '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.500c1.2-4 4-5.8 7.5-5.800s6.3 1.8 7.5 5.8"/>',
  route: '<circle cx="6" cy="18" r="2.5"/><circle cx="18" cy="6" r="2.5"/><path d="M8.5 18H15a3 3 0 0 0 0-6H9a3 3 0 0 1 0-6h6.5"/>',
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon-svg");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = PATHS[name];
  return svg;
}
