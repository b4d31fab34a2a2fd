// The queue and one incident: choosing many, phrases, keys. Pages work without this file.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

function update(list) {
  const boxes = all("input[name=one]", list);
  const chosen = boxes.filter((box) => box.checked).length;
  for (const button of all("[data-needs]", list)) button.disabled = chosen < (button.dataset.needs === "two" ? 2 : 1);
  const every = list.querySelector("[data-all]");
  if (every) { every.indeterminate = chosen > 0 && chosen < boxes.length; every.checked = chosen > 0 && chosen === boxes.length; }
  const words = list.querySelector("[data-chosen]");
  if (words) words.textContent = chosen ? words.dataset.chosen.replace("{}", chosen) : "";
  countDown();
}

// How long there is left goes on by itself, between one answer of the house and the next.
function countDown() {
  const list = document.querySelector("[data-list]");
  if (!list) return;
  const [minute, hour, day] = list.dataset.units.split("|");
  for (const cell of all("[data-due]", list)) {
    const left = Number(cell.dataset.due) - Date.now() - skew;
    const minutes = Math.floor(Math.abs(left) / 60000);
    const words = minutes < 60 ? `${minutes} ${minute}`
      : minutes < 1440 ? `${Math.floor(minutes / 60)} ${hour} ${minutes % 60} ${minute}`
        : `${Math.floor(minutes / 1440)} ${day} ${Math.floor(minutes % 1440 / 60)} ${hour}`;
    const said = list.dataset[left >= 0 ? "left" : "over"].replace("{}", words);
    if (cell.textContent !== said) cell.textContent = said;
  }
}
// An office machine's clock may be minutes off: the house's own counts.
let skew = Number(document.querySelector("[data-list]")?.dataset.now ?? Date.now()) - Date.now();
setInterval(countDown, 20000);

document.addEventListener("change", (event) => {
  const list = event.target.closest("[data-list]");
  if (!list) return;
  if (event.target.matches("[data-all]")) for (const box of all("input[name=one]", list)) box.checked = event.target.checked;
  update(list);
});

document.addEventListener("click", (event) => {
  const spot = event.target.closest("[data-spot]");
  const found = spot && document.getElementById(spot.dataset.spot);
  if (found) found.open = true;
  const phrase = event.target.closest("[data-phrase]");
  if (!phrase) return;
  const area = phrase.closest(".field").querySelector("textarea");
  area.value = area.value ? `${area.value.trimEnd()}\n${phrase.textContent}` : phrase.textContent;
  area.focus();
});

// j and k walk the rows, x chooses, Enter opens; a, d and m act on what is chosen; ? tells them all.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]")) return;
  const list = document.querySelector("[data-list]");
  if (!list) return;
  const rows = all("#queue tbody tr");
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  if (event.key === "j" || event.key === "k") {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + (event.key === "j" ? 1 : -1)))];
    next?.querySelector("a.open")?.focus();
  } else if (event.key === "x" && at >= 0) {
    rows[at].querySelector("input[name=one]")?.click();
  } else if (/^[1-8]$/.test(event.key)) {
    all(".tabs a", list)[event.key - 1]?.click();
  } else if (event.key === "f") {
    const panel = document.getElementById("narrow");
    panel.open = !panel.open;
    (panel.open ? panel.querySelector("input:not([type=hidden])") : panel.querySelector("summary")).focus();
  } else {
    const hit = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!hit || hit.disabled) return;
    hit.click();
  }
  event.preventDefault();
});

// The list comes anew while somebody works in it: what was chosen stays chosen, and the focus stays.
let kept = null;
const isPoll = (event) => event.detail?.ctx?.sourceElement?.id === "queue-poll";
document.addEventListener("htmx:before:request", (event) => {
  // Nobody looks: the house need not be asked. It is asked at once when somebody does again.
  if (isPoll(event) && document.hidden) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.getElementById("queue-poll")?.dispatchEvent(new Event("look-again"));
});
document.addEventListener("htmx:after:request", (event) => {
  const seen = isPoll(event) && event.detail.ctx.response.status === 204 && event.detail.ctx.response.headers.get("Weiwang-Seen");
  if (!seen) return;
  const poll = document.getElementById("queue-poll"); // nothing new up to here: ask from here on
  poll.setAttribute("hx-get", poll.getAttribute("hx-get").replace(/([?&]seen=)\d+/, `$1${seen}`));
});
document.addEventListener("htmx:before:swap", () => {
  const list = document.querySelector("[data-list]");
  if (!list) return;
  const focus = document.activeElement?.closest?.("#queue tr")?.id;
  const field = document.activeElement?.matches?.("input") ? "input[name=one]" : "a.open";
  kept = { focus, field, x: scrollX, y: scrollY, chosen: all("input[name=one]:checked", list).map((box) => box.value.split(":")[0]) };
});
document.addEventListener("htmx:after:swap", () => {
  const list = document.querySelector("[data-list]");
  if (!list || !kept) return;
  for (const box of all("input[name=one]", list)) box.checked = kept.chosen.includes(box.value.split(":")[0]);
  if (kept.focus && document.activeElement?.closest?.("#queue tr")?.id !== kept.focus) document.getElementById(kept.focus)?.querySelector(kept.field)?.focus({ preventScroll: true });
  scrollTo(kept.x, kept.y);
  kept = null;
  update(list);
});
for (const list of all("[data-list]")) update(list);
