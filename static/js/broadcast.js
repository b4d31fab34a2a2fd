// Choosing cameras for one broadcast: a whole grid with one press, and how many are chosen.
// Without this file the boxes are ticked one by one.
const form = document.getElementById("broadcast");
if (form) {
  const words = JSON.parse(form.dataset.words);
  const most = Number(form.dataset.most);
  const line = form.querySelector(".cast-count");
  const boxes = (within) => [...within.querySelectorAll("input[name=camera]")];
  const wholes = [];

  const count = () => {
    const chosen = boxes(form).filter((box) => box.checked).length;
    line.textContent = words.count.replace("{count}", chosen).replace("{most}", most);
    line.classList.toggle("error", chosen > most);
    for (const [whole, some] of wholes) {
      const ticked = some.filter((box) => box.checked).length;
      whole.checked = ticked === some.length;
      whole.indeterminate = ticked > 0 && ticked < some.length;
    }
  };

  for (const group of form.querySelectorAll("fieldset")) {
    const some = boxes(group);
    if (some.length < 2) continue;
    const label = document.createElement("label");
    const whole = document.createElement("input");
    const text = document.createElement("span");
    label.className = "check whole";
    whole.type = "checkbox";
    text.textContent = words.all;
    label.append(whole, text);
    whole.addEventListener("change", () => {
      for (const box of some) box.checked = whole.checked;
      count();
    });
    group.querySelector("legend").after(label);
    wholes.push([whole, some]);
  }
  form.addEventListener("change", count);
  // A page that comes back has lost the recording: what the house would refuse is said here.
  form.addEventListener("submit", (event) => {
    const chosen = boxes(form).filter((box) => box.checked).length;
    if (chosen > 0 && chosen <= most) return;
    event.preventDefault();
    if (chosen === 0) line.textContent = words.none;
    line.classList.add("error");
    line.scrollIntoView({ block: "center" });
  });
  window.addEventListener("pageshow", count);
  count();
}
