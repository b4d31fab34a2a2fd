// Reporting with a thumb: photos made small, the place found, the draft kept where there is no
// network. Works without this file.
import { element, fill } from "./dom.js";
import { canKeep, connected, keep, newKey, ready, tell, tellKept } from "./waiting.js";
import { prepare } from "./photos.js";
import { voiceNote } from "./voice.js";

const form = document.getElementById("report");
const previews = document.getElementById("previews");
const say = document.getElementById("say");
const words = JSON.parse(form.dataset.words);
const PHOTOS_MAX = 9;
let photos = [], spoken = null, here = null, taken = false;
// This page's entry in the history says what was sent from it: a late list of the same nearby must not write over that.
htmx.config.history = false;

function fileList(files) {
  const carrier = new DataTransfer();
  for (const file of files) carrier.items.add(file);
  return carrier.files;
}

// ---- photos
function drawPhotos() {
  form.photos.files = fileList(photos.map((one) => one.file));
  previews.replaceChildren(...photos.map((one, n) => {
    const image = element("img", { src: URL.createObjectURL(one.file), alt: fill(words.photo, { number: n + 1 }) });
    image.onload = () => URL.revokeObjectURL(image.src);
    const drop = element("button", { type: "button", className: "btn", textContent: "×", onclick: () => { photos.splice(n, 1); drawPhotos(); } });
    drop.setAttribute("aria-label", fill(words.remove, { number: n + 1 }));
    return element("figure", {}, image, drop);
  }));
  place();
}
form.photos.addEventListener("change", async () => {
  const chosen = [...form.photos.files];
  form.setAttribute("aria-busy", "true");
  for (const file of chosen.slice(0, PHOTOS_MAX - photos.length)) photos.push(await prepare(file));
  form.removeAttribute("aria-busy");
  tell(photos.length === PHOTOS_MAX && chosen.length > 1 ? words.enough : "");
  drawPhotos();
});

// ---- the place: the photo's, else where one stands; what a camera or a person said stays
const photosPlace = () => photos.find((one) => one.place)?.place;
function place() {
  const said = form.place_from.value === "camera" || (form.latitude.value && !form.place_from.value);
  if (!said) {
    const found = photosPlace(), known = found || here;
    form.latitude.value = known ? known.latitude.toFixed(6) : "";
    form.longitude.value = known ? known.longitude.toFixed(6) : "";
    form.place_from.value = found ? "photo" : known ? known.by || "here" : "";
  }
  if (navigator.onLine) form.dispatchEvent(new Event("placed"));
  else if (!said) placeOffline();
}
// Without a network the phone itself sees whether the place is anywhere near: in the box around all its grids.
function placeOffline() {
  const line = document.querySelector("#where .placed-at"), known = photosPlace() || here;
  if (!form.grid.value && (known || !form.dataset.own)) {
    line.querySelector("b")?.remove();
    line.lastElementChild.textContent = known ? words.noted : words.unplaced;
  }
  const [west, south, east, north] = (form.dataset.box || "-180 -90 180 90").split(" ").map(Number), margin = 0.005;
  const near = !known || (!known.far && known.longitude > west - margin && known.longitude < east + margin && known.latitude > south - margin && known.latitude < north + margin);
  const asked = document.getElementById("outside");
  asked.hidden = asked.disabled = near;
  if (!near) document.getElementById("change").open = true;
}
function choice() {
  const asked = document.getElementById("outside");
  return asked.hidden ? "here" : asked.querySelector(":checked")?.value || (form.grid.value ? "without" : "");
}
// Its answer to a place elsewhere: the list of grids is part of the choice. Another place, another look for the same nearby.
form.addEventListener("htmx:after:swap", (event) => {
  if (choice() !== "here") document.getElementById("change").open = true;
  if (isPlace(event)) lookForSame();
});
const isPlace = (event) => event.detail.ctx.sourceElement.id === "place-line";
const lookForSame = () => form.querySelector("[name=category]:checked")?.dispatchEvent(new Event("change"));
// What the office is told by telephone did not happen at the office's desk.
function locate() {
  if (!navigator.geolocation || (form.matches(".desk") && !matchMedia("(pointer: coarse)").matches)) return;
  navigator.geolocation.getCurrentPosition((found) => { if (!taken) { here = found.coords; place(); } }, () => {}, { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 });
}
// The place a draft was made at stays its place, wherever it is gone on with.
function kept() {
  const by = form.place_from.value;
  return ["here", "draft"].includes(by) && form.latitude.value ? { by, latitude: Number(form.latitude.value), longitude: Number(form.longitude.value) } : null;
}
here = kept();
taken = here !== null;
locate();

// ---- matters: found by name, other words and pinyin initials; the same one ticked wherever it stands
const matters = [...form.querySelectorAll(".chip")];
form.find.addEventListener("input", () => {
  const wanted = form.find.value.trim().toLowerCase();
  const latin = /^[\x20-\x7e]*$/.test(wanted);
  for (const chip of matters) {
    chip.hidden = wanted !== "" && !chip.dataset.words.split("|").some((word) => (latin ? word.startsWith(wanted) : word.includes(wanted)));
  }
  for (const group of form.querySelectorAll(".kinds details, .usual")) {
    const some = [...group.querySelectorAll(".chip")].some((chip) => !chip.hidden);
    group.hidden = wanted !== "" && (group.matches(".usual") || !some);
    if (group.matches(".usual")) continue;
    group.setAttribute("name", wanted ? "" : "class"); // several may match: not one alone is open
    group.open = wanted ? some : group.querySelector(":checked") !== null;
  }
  document.getElementById("no-match").hidden = !wanted || matters.some((chip) => !chip.hidden);
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  if (event.ctrlKey || event.metaKey) form.querySelector("button.send").click();
  // Enter finds, it does not send what is half written.
  if (event.target.matches("input")) event.preventDefault();
  if (event.target === form.find) form.querySelector(".kinds details .chip:not([hidden]) input")?.click();
});

// Asked for here and not by the browser: what stands in a closed class cannot take its bubble, and nothing would happen.
function matterMissing() {
  const box = document.getElementById("matters");
  box.querySelector(".error")?.remove();
  if (box.querySelector(":checked")) return false;
  box.querySelector("legend").after(element("p", { className: "error", role: "alert", textContent: words.matter }));
  box.scrollIntoView({ block: "nearest" });
  return true;
}
document.getElementById("matters").addEventListener("change", (event) => { if (event.target.name === "category") matterMissing(); });

const speak = voiceNote(document.getElementById("speak"), (file) => {
  spoken = file;
  form.voice.files = fileList(file ? [file] : []);
});

// ---- sending: kept first, then sent
async function draftOf(submitter) {
  const data = new FormData(form);
  data.set("send", submitter?.value || "now");
  data.set("made_at", new Date().toISOString());
  const fields = [], files = [];
  for (const [name, value] of data) {
    if (typeof value === "string") fields.push([name, value]);
    else if (value.size) files.push({ field: name, name: value.name, type: value.type, bytes: await value.arrayBuffer() });
  }
  const chosen = form.querySelector("[name=category]:checked");
  const label = chosen ? chosen.parentNode.textContent.trim() : words.draft;
  return { key: form.once.value, account: form.account.value, url: form.getAttribute("action"), made: Date.now(), state: "waiting", why: "", label, fields, files };
}

// An empty form for the next report, wherever this one began: at a camera, or as a draft that has an address of its own.
function clear() {
  photos = [];
  here = null;
  taken = false;
  for (const one of form.querySelectorAll("[name=turn], [name=camera], .still, #outside .error")) one.remove();
  for (const one of form.elements) {
    if (one.matches("[type=radio], [type=checkbox]")) one.checked = false;
    else if (one.matches("input:not([type=hidden]), select, textarea")) one.value = "";
  }
  form.setAttribute("action", "/incidents/new");
  form.once.value = newKey();
  history.replaceState(null, "", "/incidents/new");
  for (const one of document.querySelectorAll("#photos-taken, #asked")) one.remove();
  speak?.(null);
  form.place_from.value = form.latitude.value = form.longitude.value = "";
  drawPhotos();
  locate();
  document.getElementById("similar").replaceChildren();
}

// Without coordinates and without a grid of one's own, nobody could tell later where it was.
function missing(submitter) {
  if (submitter?.value === "draft") return false;
  if (matterMissing()) return true;
  const chosen = choice();
  if (!chosen) {
    document.querySelector("#outside input").focus();
    tell(words.outside, true);
    return true;
  }
  if (navigator.onLine || (form.latitude.value && chosen !== "without") || form.grid.value || form.dataset.own) return false;
  document.getElementById("change").open = true;
  form.grid.focus();
  tell(words.where, true);
  return true;
}

async function keepAndSend(submitter) {
  const draft = await draftOf(submitter);
  let now;
  try {
    now = await keep(draft);
  } catch (error) {
    tell(error?.name === "QuotaExceededError" ? words.full : words.unkept, true);
    if (navigator.onLine) { form.removeEventListener("submit", onSubmit); form.requestSubmit(submitter); }
    return;
  }
  if (now?.state === "sent") {
    await outbox.remove(draft.key);
    if (submitter?.value !== "draft") history.replaceState({ sent: now }, "");
    location.assign(now.where);
  } else if (now?.state === "failed") {
    refused(now);
    place();
  } else {
    clear();
    document.getElementById("outbox").scrollIntoView({ block: "nearest" });
    tellKept(now, words.kept, words.kept_login);
  }
}

let busy = false;
async function onSubmit(event) {
  if (event.submitter?.value === "find" || !canKeep) return;
  event.preventDefault();
  if (busy || missing(event.submitter)) return;
  busy = true;
  form.setAttribute("aria-busy", "true");
  tell("");
  try { await keepAndSend(event.submitter); } finally { busy = false; form.removeAttribute("aria-busy"); }
}

// What is refused for its place names it: it may be one that only the server could read in the photo.
function refused(draft) {
  if (draft.place) {
    if (draft.place.by === "photo" && photos.length && !photosPlace()) photos[0].place = draft.place;
    const known = photosPlace() || here;
    if (known) known.far = true;
  }
  tell(draft.reason || words.refused, true);
}

// ---- a draft that was refused comes back into the form, with the place it was made at
async function takeUp(key) {
  const draft = await outbox.get(key);
  if (!draft || draft.state !== "failed" || draft.account !== form.account.value) return;
  clear();
  taken = true;
  for (const [name, value] of draft.fields) {
    if (["send", "made_at"].includes(name)) continue;
    // What this page does not ask, the one it was made on did: camera and still, or the turn.
    const field = form.elements[name] || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
    if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value;
    else field.value = value;
  }
  form.setAttribute("action", draft.url);
  const files = draft.files.map((one) => [one.field, new File([one.bytes], one.name, { type: one.type })]);
  for (const [field, file] of files) if (field === "photos") photos.push({ ...(await prepare(file)), file }); else speak?.(file);
  here = kept();
  refused(draft);
  drawPhotos();
}

// Back after sending: what the browser filled in again has been sent, and is not sent by a slip.
function cameBack() {
  const { sent } = history.state || {};
  if (!sent) return;
  clear();
  tell("x");
  say.replaceChildren(element("a", { href: sent.where, textContent: fill(words.already, sent) }));
}
addEventListener("pageshow", (event) => { if (event.persisted) cameBack(); });

ready.then((works) => {
  if (!works) {
    // Not kept, so not known whether it was sent: under the same key it is the same report.
    if (performance.getEntriesByType("navigation")[0]?.type === "back_forward" && history.state?.once) form.once.value = history.state.once;
    form.addEventListener("submit", () => history.replaceState({ once: form.once.value }, ""));
    tell(window.isSecureContext ? words.private : words.insecure, true);
    return;
  }
  form.once.value = newKey();
  cameBack();
  form.addEventListener("submit", onSubmit);
  form.dataset.keeps = "1";
  const asked = () => { if (location.hash.length > 16) takeUp(location.hash.slice(1)); };
  addEventListener("hashchange", asked);
  asked();
});
if (!navigator.onLine) tell(words.offline, false, true);
addEventListener("online", () => {
  connected();
  place();
  lookForSame();
});
// A place or a look for the same that could not be asked for is no lost work: nobody is told it is.
// Nor does an expired login take the page away: the draft is kept, and tells to log in.
form.addEventListener("htmx:before:response", (event) => { if (event.detail.ctx.response.status !== 200) event.preventDefault(); });
form.addEventListener("htmx:before:request", (event) => {
  if (!navigator.onLine) event.preventDefault();
  // Cut off, it was for a newer one; failed, the line no longer tells the place of before.
  event.detail.ctx.fetch = async (...asked) => {
    let answer = null, cut = false;
    try { answer = await fetch(...asked); } catch (error) { cut = error?.name === "AbortError"; }
    if (!answer?.ok && !cut && isPlace(event)) placeOffline();
    return answer || new Response(null, { status: 204 });
  };
});
for (const name of ["htmx:error", "htmx:send:error"]) form.addEventListener(name, (event) => event.stopPropagation());
