// What the board does beyond its forms: the phone's own place, words copied, the picture saved.
// The buttons are hidden where this file, or what it needs, is not there.
const acts = {
  here(button) {
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const to = new URL(location.href);
      for (const name of ["near", "before", "page"]) to.searchParams.delete(name);
      // Three places are some hundred metres: a door is nobody's business here.
      to.searchParams.set("at", `${coords.latitude.toFixed(3)},${coords.longitude.toFixed(3)}`);
      to.searchParams.set("sort", "nearest");
      location.assign(to);
    }, () => { button.disabled = true; }, { timeout: 10000, maximumAge: 300000 });
  },
  stand(button) {
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const form = button.form, look = form.querySelector('[name="place"][value="look"]');
      for (const name of ["latitude", "longitude"]) form.elements[name].value = coords[name].toFixed(6);
      if (look) form.requestSubmit(look);
      else form.elements.latitude.closest("details").open = true;
    }, () => {
      button.disabled = true;
      document.getElementById("not-found").hidden = false;
    }, { timeout: 10000, enableHighAccuracy: true });
  },
  async copy(button) {
    const words = document.getElementById(button.dataset.of);
    getSelection().selectAllChildren(words);
    try { await navigator.clipboard.writeText(words.textContent); } catch { document.execCommand("copy"); } // plain HTTP has no clipboard
    document.getElementById("copied").hidden = false;
  },
  picture(button) {
    const drawn = document.getElementById(button.dataset.of);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = drawn.naturalWidth || 1080;
    canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = button.dataset.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    });
  },
};
for (const button of document.querySelectorAll("[data-do]")) {
  const { do: name } = button.dataset;
  if (!acts[name] || (["here", "stand"].includes(name) && !(isSecureContext && navigator.geolocation))) continue;
  button.hidden = false;
  button.addEventListener("click", () => acts[name](button));
}
