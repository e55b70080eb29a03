// The county's time: the rehearsal clock of the bot, carried on between two words from the server.

import { t } from "./words.js";

let told = { now: Date.now() / 1000, speed: 1, passing: false };
let heard = performance.now();
let zone = "Asia/Shanghai";

export function follow(clock) {
  told = clock;
  heard = performance.now();
}

export function setZone(name) {
  zone = name;
}

export const speed = () => told.speed;
export const passing = () => told.passing;
export const now = () => told.now + ((performance.now() - heard) / 1000) * told.speed;

const formats = new Map();

function parts(unix) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
      hour: "2-digit", minute: "2-digit", second: "2-digit",
    }));
  }
  return Object.fromEntries(formats.get(zone).formatToParts(new Date(unix * 1000)).map((p) => [p.type, p.value]));
}

export function hm(unix) {
  const p = parts(unix);
  return `${p.hour}:${p.minute}`;
}

export function hms(unix) {
  const p = parts(unix);
  return `${p.hour}:${p.minute}:${p.second}`;
}

export function day(unix) {
  const p = parts(unix);
  return t("day", { m: p.month, d: p.day });
}

// "12分30秒后": what a client shows for <tg-time format="r">.
export function relative(unix) {
  const left = Math.round(unix - now());
  return t(left >= 0 ? "after" : "ago", { t: span(Math.abs(left)) });
}

function span(seconds) {
  const d = Math.floor(seconds / 86400);
  const h = Math.floor((seconds % 86400) / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  const s = String(seconds % 60).padStart(m ? 2 : 1, "0");
  if (d) return t("dd", { d, h });
  if (h) return t("hms", { h, m });
  return m ? t("ms", { m, s }) : t("s", { s });
}

// Draw every <tg-time> below `root` anew.
export function tick(root = document) {
  for (const one of root.querySelectorAll("tg-time")) {
    const unix = Number(one.getAttribute("unix"));
    const format = one.getAttribute("format") || "t";
    const text = format === "r" ? relative(unix) : [/d/i.test(format) ? day(unix) : "", /t/i.test(format) ? hm(unix) : ""].join(" ").trim();
    if (one.textContent !== text) one.textContent = text;
    if (format === "r") one.classList.toggle("past", unix < now());
  }
}
