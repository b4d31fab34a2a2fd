// The queue and one incident: choosing many, phrases, keys. Pages work without this file.
function update(list) {
  const chosen = list.querySelectorAll("input[name=one]:checked").length;
  for (const button of list.querySelectorAll("[data-needs]")) {
    button.disabled = chosen < (button.dataset.needs === "two" ? 2 : 1);
  }
  const all = list.querySelector("[data-all]");
  if (all) all.indeterminate = chosen > 0 && chosen < list.querySelectorAll("input[name=one]").length;
}

document.addEventListener("change", (event) => {
  const list = event.target.closest("[data-list]");
  if (!list) return;
  if (event.target.matches("[data-all]")) {
    for (const box of list.querySelectorAll("input[name=one]")) box.checked = event.target.checked;
  }
  update(list);
});

document.addEventListener("click", (event) => {
  const phrase = event.target.closest("[data-phrase]");
  if (!phrase) return;
  const area = phrase.closest(".field").querySelector("textarea");
  area.value = area.value ? `${area.value.trimEnd()}\n${phrase.textContent}` : phrase.textContent;
  area.focus();
});

// j and k walk the rows, x chooses, Enter opens, n reports: as in the mail people know.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const rows = [...document.querySelectorAll("#queue tbody tr")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  if (event.key === "j" || event.key === "k") {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + (event.key === "j" ? 1 : -1)))];
    next?.querySelector("a.open")?.focus();
    event.preventDefault();
  } else if (event.key === "x" && at >= 0) {
    rows[at].querySelector("input[name=one]")?.click();
  } else if (event.key === "n") {
    document.querySelector("[data-key=n]")?.click();
  }
});

// The list comes anew while somebody works in it: what was chosen stays chosen, and the focus stays.
let kept = null;
document.addEventListener("htmx:before:swap", () => {
  const list = document.querySelector("[data-list]");
  if (!list) return;
  const focus = document.activeElement?.closest?.("#queue tr")?.id;
  const field = document.activeElement?.matches?.("input") ? "input[name=one]" : "a.open";
  kept = { focus, field, chosen: [...list.querySelectorAll("input[name=one]:checked")].map((box) => box.value.split(":")[0]) };
});
document.addEventListener("htmx:after:swap", () => {
  const list = document.querySelector("[data-list]");
  if (!list || !kept) return;
  for (const box of list.querySelectorAll("input[name=one]")) if (kept.chosen.includes(box.value.split(":")[0])) box.checked = true;
  if (kept.focus && !document.activeElement?.closest?.("#queue")) document.getElementById(kept.focus)?.querySelector(kept.field)?.focus();
  kept = null;
  update(list);
});
for (const list of document.querySelectorAll("[data-list]")) update(list);
