// A new phrase is recorded in the page where the browser can; the file field takes what was recorded.
import { voiceNote } from "./voice.js";

const field = document.getElementById("phrase-sound");
const file = field?.querySelector("input[type=file]");
if (field && window.isSecureContext && "DataTransfer" in window) {
  voiceNote(field, (recorded) => {
    const held = new DataTransfer();
    if (recorded) held.items.add(recorded);
    file.files = held.files;
  });
}
