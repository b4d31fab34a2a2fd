// A recording is made in the page where the browser can; the file field takes what was recorded.
import { voiceNote } from "./voice.js";

for (const field of document.querySelectorAll(".voice[data-seconds]")) {
  if (!window.isSecureContext || !("DataTransfer" in window)) break;
  const file = field.querySelector("input[type=file]");
  voiceNote(field, (recorded) => {
    const held = new DataTransfer();
    if (recorded) held.items.add(recorded);
    file.files = held.files;
    file.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
