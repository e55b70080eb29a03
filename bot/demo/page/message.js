// How one message looks: words, picture, voice, place, buttons under it.

import { button, el, rich } from "./dom.js";
import { hm } from "./clock.js";
import { dressed } from "./emoji.js";
import { icon } from "./icons.js";
import { nameOf, store } from "./store.js";
import { language, pick, t } from "./words.js";

export const verbOf = (data) => (data ?? "").split(":")[1]?.split(".")[0] ?? "";

// `hands` has what can be done: press(message, button), act(message, anchor), show(message id).
export function draw(message, phone, replied, hands) {
  if (message.kind === "service") return service(message);
  const own = message.from === phone.id;
  const bubble = el("div", { cls: "bubble" });
  if (!own && message.chat < 0) bubble.append(el("span", { cls: `sender${message.from === "bot" ? " bot" : ""}`, text: sender(message) }));
  if (message.forward_origin) bubble.append(el("span", { cls: "forwarded", text: t("forwarded", { who: message.forward_origin.sender_user_name ?? "" }) }));
  if (message.reply_to && replied) {
    const quote = button("", () => hands.show(message.reply_to), { cls: "quote" });
    quote.append(dressed(gist(replied)));
    bubble.append(quote);
  }
  const body = content(message);
  if (body) bubble.append(body);
  if (message.html && message.kind !== "service") bubble.append(el("div", { cls: "words" }, rich(message.html)));
  bubble.append(stamp(message));
  const more = button("⋯", (event) => hands.act(message, event.currentTarget), { cls: "act", "aria-label": t("actions") });
  const line = el("div", { cls: "line" }, bubble, more);
  const made = el("div", { cls: `msg ${own ? "own" : "theirs"}${message.kind === "photo" ? " has-photo" : ""}`, data: { id: message.message_id } }, line);
  if (message.keyboard) made.append(keyboard(message, hands));
  return made;
}

function sender(message) {
  return message.from === "bot" ? t("bot_name") : nameOf(message.from, language());
}

function stamp(message) {
  const edited = message.edited ? `${t("edited")} ` : "";
  return el("span", { cls: "stamp", text: `${edited}${hm(message.date)}` });
}

function keyboard(message, hands) {
  const rows = message.keyboard.map((row) =>
    el("div", { cls: "row" }, ...row.map((one) => {
      const key = button("", () => hands.press(message, one, key), { cls: `key ${one.style ?? ""}`, data: { verb: verbOf(one.data), press: one.data ?? "" } });
      key.append(dressed(one.text));
      if (one.url) key.append(el("span", { cls: "away", text: "↗", "aria-hidden": "true" }));
      return key;
    })),
  );
  return el("div", { cls: "keys" }, ...rows);
}

function service(message) {
  const who = message.from === "bot" ? t("bot_name") : nameOf(message.from, language());
  const key = `service_${message.service}`;
  const known = t(key, { who });
  return el("div", { cls: "msg service", data: { id: message.message_id } }, el("span", { text: known === key ? t("service_other") : known }));
}

// One line about a message: in quotes, the pinned bar, the list of topics.
export function gist(message) {
  const words = (message.text ?? message.caption ?? "").replace(/\s+/g, " ").trim();
  const kind = { photo: "photo", voice: "voice", video: "video", document: "file", location: "place", sticker: "sticker", contact: "contact" }[message.kind];
  return [kind ? `[${t(kind)}]` : "", words].join(" ").trim().slice(0, 80);
}

function content(message) {
  const file = message.file;
  switch (message.kind) {
    case "photo":
      return file?.stored
        ? el("img", { cls: "photo", src: url(file), alt: t("photo"), loading: "lazy", width: file.width, height: file.height })
        : el("div", { cls: "photo none" }, icon("photo"), t("photo"));
    case "voice":
      return voice(message);
    case "video":
      return el("div", { cls: "video", role: "img", "aria-label": t("video") }, el("span", {}, icon("play")));
    case "document":
      return el("a", { cls: "file", href: file?.stored ? url(file) : null, download: file?.name ?? true }, el("span", { cls: "file-icon" }, icon("file")), el("span", { text: file?.name ?? t("file") }));
    case "location":
      return place(message.location);
    case "sticker":
      return el("div", { cls: "sticker", text: "👍", role: "img", "aria-label": t("sticker") });
    case "contact":
      return el("div", { cls: "file" }, el("span", { cls: "file-icon" }, icon("person")), el("span", { text: message.contact?.phone_number ?? t("contact") }));
    default:
      return null;
  }
}

const url = (file) => `/_/file?file_id=${encodeURIComponent(file.file_id)}`;

function voice(message) {
  const bars = el("span", { cls: "wave", "aria-hidden": "true" });
  for (let i = 0; i < 24; i += 1) bars.append(el("i", { style: `height:${20 + ((message.message_id * (i + 3) * 37) % 80)}%` }));
  const playable = message.file?.stored && message.file.mime.startsWith("audio/wav");
  const play = el("button", { type: "button", cls: "play", "aria-label": t("voice_play"), on: { click: () => {
    play.classList.add("on");
    const done = () => play.classList.remove("on");
    if (!playable) return setTimeout(done, 3000);
    const sound = new Audio(url(message.file));
    sound.onended = done;
    return sound.play().catch(done);
  } } }, icon("play"));
  return el("div", { cls: "voice" }, play, bars);
}

function place(location) {
  const known = store.places.find((one) => Math.abs(one.latitude - location.latitude) < 2e-4 && Math.abs(one.longitude - location.longitude) < 2e-4);
  return el("div", { cls: "place" },
    el("div", { cls: "map", "aria-hidden": "true" }, icon("place")),
    el("div", { cls: "place-words" },
      el("strong", { text: known ? pick(known) : t("place_unknown") }),
      el("span", { cls: "quiet", text: `${location.latitude.toFixed(5)}, ${location.longitude.toFixed(5)}` })),
  );
}
