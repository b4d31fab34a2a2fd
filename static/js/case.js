// One incident: a photo large, a long list narrowed, a point set on the map, boxes drawn on a
// photo. Pages work without this file.
const $ = (root, what) => root.querySelector(what);

function wake(root) {
  for (const list of root.querySelectorAll("[data-filtered]")) $(list, "[data-filter]").hidden = false;
  for (const one of root.querySelectorAll("[data-picks]")) one.hidden = false;
}
// The bar that leads to a form steps aside while the form's own button is in sight.
const watcher = new IntersectionObserver((seen) => {
  for (const one of seen) document.getElementById("next-move")?.classList.toggle("aside", one.isIntersecting);
});
function watch() {
  watcher.disconnect();
  const link = document.querySelector("[data-leads]");
  const button = link && document.querySelector(`${link.hash} > button`);
  if (button) watcher.observe(button);
}
// One form open at a time. Not by the details' own name: what is swapped in would close what it replaces, and itself.
document.addEventListener("toggle", (event) => {
  if (!event.target.open || !event.target.matches(".moves > details")) return;
  for (const other of event.target.parentElement.querySelectorAll(":scope > details[open]")) if (other !== event.target) other.open = false;
}, true);
wake(document);
watch();
document.addEventListener("htmx:after:swap", () => { wake(document); watch(); });

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-filter]")) return;
  const words = event.target.value.trim().toLowerCase();
  for (const row of event.target.closest("[data-filtered]").querySelectorAll("li")) {
    // Whoever is chosen stays in sight: nobody sends what they cannot see.
    row.hidden = Boolean(words) && !row.textContent.toLowerCase().includes(words) && !$(row, "input:checked");
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("[data-filter]")) event.preventDefault();
});
// Whoever leads is one of those chosen.
document.addEventListener("change", (event) => {
  const row = event.target.closest?.(".handlers li");
  if (!row) return;
  if (event.target.name === "lead") $(row, "[name=assignees]").checked = true;
  else if (!event.target.checked) $(row, "[name=lead]").checked = false;
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-large]");
  const dialog = document.getElementById("large");
  if (!link || !dialog?.showModal || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const image = $(dialog, "img");
  image.src = link.href;
  image.alt = $(link, "img").alt;
  dialog.showModal();
});
document.addEventListener("click", (event) => {
  if (event.target.matches?.("dialog.large")) event.target.close();
});
// A link to a move's form opens it first: what is closed cannot be scrolled to.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#move-']");
  const form = link && document.getElementById(link.hash.slice(1));
  if (form) form.closest("details").open = true;
});

document.addEventListener("click", (event) => {
  const plan = event.target.closest(".spot svg");
  const form = document.getElementById("move-relocate");
  if (!plan || !form?.closest("details").open) return;
  const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(plan.getScreenCTM().inverse());
  const { west, north, units, squeeze } = plan.dataset;
  const margin = 24;
  form.elements.latitude.value = (Number(north) - (spot.y - margin) / units).toFixed(6);
  form.elements.longitude.value = (Number(west) + (spot.x - margin) / (units * squeeze)).toFixed(6);
  const point = $(plan, ".found");
  point.setAttribute("cx", spot.x);
  point.setAttribute("cy", spot.y);
  point.setAttribute("visibility", "visible");
});

// Boxes over a photo. The rows of numbers are the truth; drawing writes into them.
const stage = document.querySelector("[data-stage]");
if (stage) {
  const svg = $(stage, "svg"), rows = document.querySelector("[data-rows]"), tools = document.querySelector("[data-tools]");
  const cells = (row) => [...row.querySelectorAll("input")];
  const filled = () => [...rows.rows].filter((row) => cells(row).every((cell) => Number.isFinite(parseFloat(cell.value))));
  let start = null, ghost = null;

  function rectangle(x, y, w, h) {
    const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of Object.entries({ x, y, width: w, height: h })) box.setAttribute(name, value);
    svg.append(box);
    return box;
  }
  function draw() {
    svg.replaceChildren();
    const boxes = filled();
    for (const row of boxes) rectangle(...cells(row).map((cell) => Math.max(0, parseFloat(cell.value))));
    $(tools, "[data-undo]").disabled = $(tools, "[data-clear]").disabled = boxes.length === 0;
    const count = $(tools, "[data-count]");
    count.textContent = boxes.length ? count.dataset.words.replace("#", boxes.length) : "";
  }
  function freeRow() {
    const free = [...rows.rows].find((row) => cells(row).every((cell) => !cell.value));
    if (free) return free;
    const made = rows.rows[0].cloneNode(true);
    const number = rows.rows.length + 1;
    for (const cell of cells(made)) { cell.value = ""; cell.setAttribute("aria-label", cell.getAttribute("aria-label").replace("1", number)); }
    rows.append(made);
    return made;
  }
  function at(event) {
    const frame = svg.getBoundingClientRect();
    const part = (value, length) => Math.min(100, Math.max(0, (value / length) * 100));
    return [part(event.clientX - frame.left, frame.width), part(event.clientY - frame.top, frame.height)];
  }
  const span = (from, to) => [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.abs(from[0] - to[0]), Math.abs(from[1] - to[1])];

  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    start = at(event);
    ghost = rectangle(...start, 0, 0);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!start || !event.isPrimary) return;
    const names = ["x", "y", "width", "height"];
    span(start, at(event)).forEach((value, n) => ghost.setAttribute(names[n], value));
  });
  svg.addEventListener("pointerup", (event) => {
    if (!start || !event.isPrimary) return;
    const box = span(start, at(event));
    start = null;
    // Less than a hundredth either way was a slip of the hand.
    if (box[2] >= 1 && box[3] >= 1) {
      cells(freeRow()).forEach((cell, n) => { cell.value = box[n].toFixed(2); });
    }
    draw();
  });
  svg.addEventListener("pointercancel", () => { start = null; draw(); });
  rows.addEventListener("input", draw);
  $(tools, "[data-undo]").addEventListener("click", () => {
    const last = filled().pop();
    if (last) for (const cell of cells(last)) cell.value = "";
    draw();
  });
  $(tools, "[data-clear]").addEventListener("click", () => {
    for (const row of rows.rows) for (const cell of cells(row)) cell.value = "";
    draw();
  });
  stage.classList.add("draws");
  tools.hidden = false;
  draw();
}
