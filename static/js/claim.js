// The claim's form: beside the rule that is chosen what it asks, and photos made small before they
// are sent. Works without this file.
import { prepare } from "./photos.js";

const asks = document.querySelector("[data-beside]");
const rule = asks && document.getElementById(asks.dataset.beside);
function show() {
  for (const one of asks.querySelectorAll("[data-of]")) one.hidden = one.dataset.of !== rule.value;
}
if (rule) {
  asks.querySelector("summary").hidden = asks.open = true;
  rule.addEventListener("change", show);
  rule.form.addEventListener("given-back", show);
  addEventListener("pageshow", show); // what Back fills in again
  show();
}

for (const field of document.querySelectorAll("input[type=file][data-most]")) {
  if (!("DataTransfer" in window)) break;
  const say = document.getElementById(field.dataset.say), words = JSON.parse(field.dataset.words);
  const button = field.form.querySelector("button.primary");
  const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_all, name) => facts[name]);
  field.addEventListener("change", async () => {
    const chosen = [...field.files], most = Number(field.dataset.most);
    const held = new DataTransfer();
    say.textContent = chosen.length ? words.working : "";
    button.disabled = true;
    for (const file of chosen.slice(0, most)) held.items.add((await prepare(file)).file);
    button.disabled = false;
    field.files = held.files;
    const size = [...held.files].reduce((sum, one) => sum + one.size, 0);
    const done = chosen.length ? fill(words.ready, { count: held.files.length, size: (size / 1048576).toFixed(1) }) : "";
    say.textContent = chosen.length > most ? `${words.enough} ${done}` : done;
  });
}
