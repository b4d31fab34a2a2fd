// Long lists to tick: found as one types, counted, all of a page at once. Pages work without this
// file. What is in the list may be swapped: it is looked for anew each time.
for (const list of document.querySelectorAll("[data-ticks]")) {
  const here = (what) => list.querySelector(what);
  const boxes = () => [...list.querySelectorAll(`input[type=checkbox][name=${list.dataset.ticks}]`)];
  const usable = () => boxes().filter((one) => !one.disabled && !one.closest("[hidden]"));

  const count = () => {
    const chosen = boxes().filter((one) => one.checked).length, counted = here("[data-counted]"), every = here("[data-every]");
    if (counted) counted.textContent = counted.dataset.counted.replace("{}", chosen);
    if (!every) return;
    every.checked = chosen > 0 && usable().every((one) => one.checked);
    every.indeterminate = chosen > 0 && !every.checked;
  };
  const find = () => {
    const words = (here("[data-find]")?.value ?? "").trim().toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of list.querySelectorAll("[data-row]")) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    if (here("[data-none]")) here("[data-none]").hidden = shown > 0;
    count();
  };
  list.addEventListener("change", (event) => {
    if (event.target.matches("[data-every]")) for (const one of usable()) one.checked = event.target.checked;
    count();
    if (here("[data-relist]")?.dataset.relist.split(" ").includes(event.target.name)) relist();
  });
  // Another grid or rule: the list of whom it is for comes anew, with the ticks as they are; what is
  // typed meanwhile stays. Where that fails the button does it, as without this file.
  let newest = 0;
  const relist = async (also = []) => {
    const turn = newest += 1, sent = new FormData(list), button = here("[data-relist]");
    sent.set(button.name, button.value);
    for (const one of also) sent.append(list.dataset.ticks, one);
    const answer = await fetch(list.action, { method: "POST", headers: { "HX-Request": "true", "HX-Request-Type": "partial" }, body: sent }).catch(() => null);
    const text = await answer?.text();
    if (turn !== newest) return;
    if (!answer?.ok) { here("[data-relist]").click(); return; }
    const focus = document.activeElement?.id, words = here("[data-find]")?.value;
    const now = new Map(boxes().map((one) => [one.value, one.checked])); // ticked while it was asked for
    document.getElementById("there").outerHTML = text;
    for (const one of boxes()) one.checked = now.get(one.value) ?? one.checked;
    if (words && here("[data-find]")) here("[data-find]").value = words;
    if (focus) document.getElementById(focus)?.focus();
    find();
  };
  list.addEventListener("input", (event) => { if (event.target.matches("[data-find]")) find(); });
  // Enter finds, it does not send what is half ticked.
  list.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches("[data-find]")) event.preventDefault(); });
  // After an expired login: the ticks may be of another grid's or rule's list than the page begins with.
  list.addEventListener("given-back", (event) => {
    const there = new Set(boxes().map((one) => one.value));
    const also = event.detail.filter(([name, value, checked]) => name === list.dataset.ticks && checked && !there.has(value)).map((one) => one[1]);
    if (here("[data-relist]")) relist(also); else count();
  });
  addEventListener("pageshow", find); // what Back fills in again
  find();
}
