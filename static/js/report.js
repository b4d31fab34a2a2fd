// Reporting with a thumb: previews, and the place from where one stands. Works without this file.
const form = document.getElementById("report");
const previews = document.getElementById("previews");
const where = document.getElementById("where");

form.photos.addEventListener("change", () => {
  previews.replaceChildren(...[...form.photos.files].map((file) => {
    const image = new Image();
    image.src = URL.createObjectURL(file);
    image.alt = file.name;
    return image;
  }));
});

function locate() {
  if (!navigator.geolocation || form.latitude.value) return;
  navigator.geolocation.getCurrentPosition((found) => {
    form.latitude.value = found.coords.latitude.toFixed(6);
    form.longitude.value = found.coords.longitude.toFixed(6);
    where.textContent = `${where.dataset.found} (±${Math.round(found.coords.accuracy)} m)`;
    where.hidden = false;
  }, () => {}, { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 });
}
locate();
