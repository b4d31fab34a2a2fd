// The touch screen. Every page of it works by links and forms; this file keeps it in one place in
// the history, says when the network is gone, shows figures to press, and clears it for the next.
const WARNING = 20, BEAT = 30000, STALE = 300000;
document.documentElement.classList.add("js"); // shows the buttons that do nothing without this file
const byId = (id) => document.getElementById(id);
const speech = window.speechSynthesis;
let heard = Date.now(), touched = Date.now(), shownAt = Date.now();
let busy = false, clearing = false, owed = false, unknown = 0, board = "";
const box = () => byId("kiosk");
const isStart = () => !!box() && "attract" in box().dataset;

function online(is) {
  const note = byId("kiosk-offline");
  if (is) heard = Date.now();
  if (!note) return;
  note.querySelector("time").textContent = new Date(heard).toLocaleString(document.documentElement.lang, { timeZone: "Asia/Shanghai", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  note.hidden = is;
}

// Said where the button is: the banner lies out of sight when one has gone down the page.
function unsent(is) {
  const note = byId("kiosk-unsent");
  if (!note) return;
  note.hidden = !is;
  if (is) note.scrollIntoView({ block: "nearest" });
}

// What needs this file appears; the start page is remembered for when the network is gone.
function prepare() {
  shownAt = Date.now();
  for (const one of document.querySelectorAll("[data-pad]")) {
    one.hidden = false;
    byId(one.dataset.pad).inputMode = "none"; // our own figures, not the system's keyboard
  }
  for (const one of document.querySelectorAll("[data-do=print]")) one.hidden = false;
  for (const one of document.querySelectorAll("[data-do=read]")) one.hidden = !speech;
  if (isStart()) board = box().outerHTML;
}

function show(text, url) {
  const next = new DOMParser().parseFromString(text, "text/html");
  const fresh = next.getElementById("kiosk");
  if (!fresh) return false;
  speech?.cancel();
  box().replaceWith(document.adoptNode(fresh));
  document.body.className = next.body.className;
  document.title = next.title;
  history.replaceState(null, "", url); // nothing to go back to
  prepare();
  scrollTo(0, 0);
  (document.querySelector("#kiosk [aria-invalid=true]") ?? document.querySelector("#kiosk h1"))?.focus();
  return true;
}

async function go(url, body) {
  if (busy || clearing) return;
  if (owed) return reset();
  busy = true;
  unsent(false);
  try {
    const answer = await fetch(url, { method: body ? "POST" : "GET", body, cache: "no-store" });
    if (body && answer.status >= 500) throw 0; // its page would take the place of what was typed
    const to = new URL(answer.url);
    if (to.pathname !== "/kiosk" && !to.pathname.startsWith("/kiosk/")) location.replace(to);
    else if (show(await answer.text(), answer.redirected || !body ? to : location.href)) online(true);
    else if (answer.status >= 500) online(false);
    else location.replace("/kiosk");
  } catch { online(false); unsent(!!body); } finally { busy = false; }
}

// A new key, an empty cookie, no storage, and a page that was never anybody's.
async function reset() {
  if (clearing) return;
  clearing = true;
  byId("kiosk-idle")?.close();
  speech?.cancel();
  for (const one of document.forms) one.reset();
  for (const one of document.querySelectorAll("#kiosk-page input")) one.value = "";
  try { sessionStorage.clear(); localStorage.clear(); } catch { /* storage is off */ }
  try {
    if ("caches" in window) await Promise.all((await caches.keys()).map((one) => caches.delete(one)));
    const answer = await fetch("/kiosk/reset", { method: "POST", cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status);
    location.replace("/kiosk");
  } catch {
    // Without a network: what was typed goes at once, the key as soon as the network is back.
    owed = true;
    clearing = false;
    if (board) { box().outerHTML = board; document.body.classList.remove("look-strong", "look-2", "look-3"); prepare(); }
    else byId("kiosk-page")?.remove();
    history.replaceState(null, "", "/kiosk");
    online(false);
  }
}

async function beat() {
  try {
    const was = !byId("kiosk-offline")?.hidden;
    const answer = await fetch("/kiosk/beat", { method: "POST", redirect: "manual", cache: "no-store" });
    unknown = answer.type === "opaqueredirect" ? unknown + 1 : 0;
    if (owed) return void reset();
    if (unknown > 1) return location.replace("/kiosk"); // logged out: the login page says so
    if (answer.status !== 204) return online(false);
    online(true);
    if (isStart() && (was || Date.now() - shownAt > STALE) && Date.now() - touched > WARNING * 1000) go("/kiosk");
  } catch { online(false); }
}

function tick() {
  const page = box(), dialog = byId("kiosk-idle");
  const looks = document.body.classList;
  if (owed || clearing || (isStart() && looks.contains("look-1") && !looks.contains("look-strong"))) { touched = Date.now(); return; }
  const left = Number(page?.dataset.idle ?? 60) + WARNING - Math.floor((Date.now() - touched) / 1000);
  if (left <= 0) return void reset();
  if (!dialog || left > WARNING) return void dialog?.close();
  if (!dialog.open) dialog.showModal();
  byId("kiosk-left").textContent = left;
}

const acts = {
  print() { print(); },
  read() {
    if (speech.speaking) return speech.cancel();
    const said = new SpeechSynthesisUtterance(byId("kiosk-page").innerText);
    said.lang = document.documentElement.lang;
    speech.speak(said);
  },
};

function press(key, pad) {
  const field = byId(pad.dataset.pad);
  if (key === "clear") field.value = "";
  else if (key === "back") field.value = field.value.slice(0, -1);
  else if (field.value.length < field.maxLength) field.value += key;
}

document.addEventListener("click", (event) => {
  if (byId("kiosk-idle")?.open) return byId("kiosk-idle").close(); // wherever one touches
  const hit = event.target.closest("[data-do], [data-key], a[href]");
  if (!hit) return;
  if (hit.dataset.do) acts[hit.dataset.do]?.();
  else if (hit.dataset.key) press(hit.dataset.key, hit.closest("[data-pad]"));
  else if (box() && hit.origin === location.origin && !hit.classList.contains("skip")) { event.preventDefault(); go(hit.href); }
});
document.addEventListener("submit", (event) => {
  if (!box()) return;
  event.preventDefault();
  const form = event.target, pressed = event.submitter;
  if (form.getAttribute("action") === "/kiosk/reset") return void reset();
  const body = new URLSearchParams(new FormData(form));
  if (pressed?.name) body.append(pressed.name, pressed.value);
  if (!("look" in form.dataset)) return void go(form.action, body);
  // How it looks changes on the spot, with what is typed still there.
  fetch(form.action, { method: "POST", body, cache: "no-store" }).then((answer) => answer.text()).then((text) => {
    const next = new DOMParser().parseFromString(text, "text/html");
    if (!next.getElementById("kiosk-top")) return;
    document.body.className = next.body.className;
    // Whoever went on meanwhile is not called back to the button that was pressed.
    const waits = form.contains(document.activeElement);
    byId("kiosk-top").querySelector("form").replaceWith(document.adoptNode(next.querySelector("[data-look]")));
    online(true);
    if (waits) document.querySelector(`[data-look] [name=${pressed.name}]${pressed.name === "size" ? `[value="${pressed.value}"]` : ""}`)?.focus();
  }).catch(() => online(false));
});
for (const name of ["pointerdown", "keydown", "input", "wheel", "touchmove"]) {
  // The question is closed by the click alone: closed sooner, the click would hit what lies below.
  addEventListener(name, () => { if (!byId("kiosk-idle")?.open) touched = Date.now(); }, { capture: true, passive: true });
}
byId("kiosk-idle")?.addEventListener("close", () => { touched = Date.now(); });
for (const name of ["contextmenu", "dragstart"]) document.addEventListener(name, (event) => event.preventDefault());
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
prepare();
setInterval(tick, 1000);
setInterval(beat, BEAT);
beat();
