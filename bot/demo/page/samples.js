// Pictures and a sound to send, made in the browser: nothing is downloaded, nobody is in them.

import { t } from "./words.js";

export const SCENES = ["river", "stall", "smoke", "litter", "paper"];
const W = 960;
const H = 720;

export function picture(scene) {
  const canvas = document.createElement("canvas");
  canvas.width = W;
  canvas.height = H;
  const g = canvas.getContext("2d");
  PAINT[scene](g);
  label(g);
  g.fillStyle = `rgba(0,0,0,${(Math.random() * 0.05).toFixed(4)})`; // no two are the same file
  g.fillRect(Math.random() * W, Math.random() * H, 2, 2);
  return canvas;
}

export const blobOf = (canvas) => new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.86));

function label(g) {
  g.font = "600 30px sans-serif";
  const text = t("sample");
  const width = g.measureText(text).width + 32;
  g.fillStyle = "rgba(20,20,20,.55)";
  g.fillRect(W - width - 18, H - 66, width, 48);
  g.fillStyle = "#fff";
  g.textBaseline = "middle";
  g.fillText(text, W - width - 2, H - 41);
}

function sky(g, top, bottom, to = H) {
  g.fillStyle = bottom; // nothing stays black behind it
  g.fillRect(0, 0, W, H);
  const fill = g.createLinearGradient(0, 0, 0, to);
  fill.addColorStop(0, top);
  fill.addColorStop(1, bottom);
  g.fillStyle = fill;
  g.fillRect(0, 0, W, to);
}

function shape(g, colour, points) {
  g.fillStyle = colour;
  g.beginPath();
  points.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
  g.closePath();
  g.fill();
}

function blob(g, colour, x, y, rx, ry = rx) {
  g.fillStyle = colour;
  g.beginPath();
  g.ellipse(x, y, rx, ry, 0, 0, 7);
  g.fill();
}

function hills(g, colour, base, high) {
  g.fillStyle = colour;
  g.beginPath();
  g.moveTo(0, H);
  for (let x = 0; x <= W; x += 20) g.lineTo(x, base - Math.sin(x / 130 + base) * high - Math.sin(x / 57) * high * 0.3);
  g.lineTo(W, H);
  g.fill();
}

const PAINT = {
  river(g) {
    sky(g, "#9fb9c4", "#dfe6dc", 330);
    hills(g, "#7f9a86", 300, 46);
    hills(g, "#5f7f68", 350, 26);
    shape(g, "#7d8f86", [[0, 400], [W, 370], [W, H], [0, H]]);
    for (let i = 0; i < 26; i += 1) {
      g.fillStyle = "rgba(255,255,255,.16)";
      g.fillRect((i * 173) % W, 420 + ((i * 67) % 280), 90, 4);
    }
    g.strokeStyle = "#b8ab98";
    g.lineWidth = 34;
    g.beginPath();
    g.arc(250, 470, 190, Math.PI * 1.04, Math.PI * 1.96);
    g.stroke();
    shape(g, "#c7baa6", [[0, 262], [520, 262], [520, 300], [0, 300]]);
    shape(g, "#a99a85", [[600, 330], [W, 300], [W, 470], [640, 440]]);
    blob(g, "#54504b", 668, 404, 40);
    blob(g, "#22201e", 668, 404, 28);
    g.fillStyle = "rgba(38,33,30,.9)";
    g.beginPath();
    g.moveTo(640, 400);
    g.bezierCurveTo(610, 500, 560, 540, 380, 600);
    g.bezierCurveTo(300, 640, 420, 700, 620, 660);
    g.bezierCurveTo(760, 620, 720, 500, 696, 400);
    g.fill();
    for (let i = 0; i < 16; i += 1) blob(g, "rgba(235,235,228,.75)", 430 + ((i * 83) % 260), 570 + ((i * 41) % 90), 7 + (i % 5) * 3);
  },
  stall(g) {
    sky(g, "#cfd8d6", "#efe9da", 380);
    for (let i = 0; i < 4; i += 1) {
      shape(g, ["#c9a98a", "#bfb6a2", "#b7937b", "#c4bda9"][i], [[i * 240, 130 + (i % 2) * 40], [i * 240 + 236, 130 + (i % 2) * 40], [i * 240 + 236, 470], [i * 240, 470]]);
      shape(g, "#6d5b4d", [[i * 240 + 60, 300], [i * 240 + 180, 300], [i * 240 + 180, 470], [i * 240 + 60, 470]]);
    }
    shape(g, "#b9b4aa", [[0, 470], [W, 470], [W, 560], [0, 560]]);
    shape(g, "#7c7a77", [[0, 560], [W, 560], [W, H], [0, H]]);
    for (let i = 0; i < 6; i += 1) shape(g, "#e6e1d4", [[i * 180, 636], [i * 180 + 90, 636], [i * 180 + 84, 648], [i * 180 - 6, 648]]);
    for (const [x, colour] of [[260, "#c4533f"], [560, "#3f7f86"]]) {
      shape(g, "#5b4a3c", [[x - 6, 330], [x + 6, 330], [x + 6, 560], [x - 6, 560]]);
      shape(g, colour, [[x - 150, 350], [x, 270], [x + 150, 350]]);
      shape(g, "#8d6f52", [[x - 130, 500], [x + 130, 500], [x + 110, 590], [x - 110, 590]]);
      for (let i = 0; i < 9; i += 1) blob(g, ["#d9902f", "#b9472f", "#7fa043"][i % 3], x - 100 + i * 25, 492 - (i % 2) * 14, 16);
    }
  },
  smoke(g) {
    sky(g, "#b7b3a8", "#e3d6b8", 400);
    hills(g, "#8a937c", 360, 34);
    shape(g, "#c0a25c", [[0, 400], [W, 400], [W, H], [0, H]]);
    for (let i = 0; i < 60; i += 1) {
      g.fillStyle = "rgba(120,94,40,.5)";
      g.fillRect((i * 97) % W, 420 + ((i * 53) % 290), 46, 3);
    }
    for (let i = 0; i < 22; i += 1) blob(g, `rgba(90,88,84,${0.3 - i * 0.01})`, 430 + i * 17 + Math.sin(i) * 30, 500 - i * 22, 44 + i * 6);
    shape(g, "#4a3a22", [[330, 590], [420, 520], [560, 520], [640, 590]]);
    for (let i = 0; i < 7; i += 1) shape(g, i % 2 ? "#f0a332" : "#e2622a", [[360 + i * 38, 580], [385 + i * 36, 470 + (i % 3) * 26], [410 + i * 36, 580]]);
  },
  litter(g) {
    sky(g, "#a9c3cc", "#e2e7dd", 330);
    hills(g, "#6c8a66", 330, 40);
    shape(g, "#8f8b84", [[0, 470], [W, 430], [W, 560], [0, 620]]);
    shape(g, "#6f8a58", [[0, 620], [W, 560], [W, H], [0, H]]);
    for (let i = 0; i < 34; i += 1) {
      const x = 240 + ((i * 71) % 480);
      const y = 640 - ((i * 37) % 150) - Math.max(0, 90 - Math.abs(x - 480) / 2);
      if (i % 3) shape(g, ["#e8e6e0", "#2f3a44", "#b5573f", "#d8b54a"][i % 4], [[x, y], [x + 60, y - 18], [x + 70, y + 34], [x + 8, y + 46]]);
      else blob(g, ["#24282c", "#43505a"][i % 2], x, y, 46, 36);
    }
  },
  paper(g) {
    sky(g, "#a9987f", "#8d7a61");
    g.save();
    g.translate(480, 360);
    g.rotate(-0.03);
    g.fillStyle = "#fbf8f0";
    g.shadowColor = "rgba(0,0,0,.35)";
    g.shadowBlur = 40;
    g.fillRect(-230, -310, 460, 620);
    g.shadowBlur = 0;
    g.fillStyle = "#a8352a";
    g.fillRect(-190, -262, 380, 10);
    g.fillStyle = "#2b2b2b";
    g.fillRect(-120, -222, 240, 26);
    for (let i = 0; i < 13; i += 1) {
      g.fillStyle = "rgba(40,40,40,.45)";
      g.fillRect(-190, -160 + i * 28, i % 4 === 3 ? 240 : 380, 9);
    }
    g.strokeStyle = "rgba(190,40,30,.8)";
    g.lineWidth = 8;
    g.beginPath();
    g.arc(100, 220, 62, 0, 7);
    g.stroke();
    g.restore();
  },
};

// Four seconds of a murmur, as a WAV file in base64: enough to press play on.
export function murmur() {
  const rate = 8000;
  const count = rate * 4;
  const bytes = new DataView(new ArrayBuffer(44 + count));
  const text = (at, words) => [...words].forEach((char, i) => bytes.setUint8(at + i, char.charCodeAt(0)));
  text(0, "RIFF");
  bytes.setUint32(4, 36 + count, true);
  text(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, rate, true);
  bytes.setUint32(28, rate, true);
  bytes.setUint16(32, 1, true);
  bytes.setUint16(34, 8, true);
  text(36, "data");
  bytes.setUint32(40, count, true);
  const shift = Math.random() * 30;
  for (let i = 0; i < count; i += 1) {
    const s = i / rate;
    const syllable = Math.max(0, Math.sin(s * 2 * Math.PI * 3.1)) * (Math.sin(s * 1.7) > -0.7 ? 1 : 0);
    const pitch = 150 + shift + 30 * Math.sin(s * 5) + 18 * Math.sin(s * 11);
    const tone = Math.sin(s * pitch * 6.283) + 0.5 * Math.sin(s * pitch * 12.566) + 0.25 * Math.sin(s * pitch * 25.1);
    bytes.setUint8(44 + i, 128 + Math.round(28 * syllable * tone));
  }
  let binary = "";
  new Uint8Array(bytes.buffer).forEach((byte) => (binary += String.fromCharCode(byte)));
  return btoa(binary);
}
