// The lecture of 50 minutes (?short) or of 90; what lives in a slide as large as the slide allows.
const short = new URLSearchParams(location.search).has("short");
const which = short ? "short" : "minutes";
let totalTime = 0;
for (const slide of document.querySelectorAll(".slides > section")) {
  if (short && slide.dataset.short === "0") { slide.remove(); continue; }
  slide.dataset.timing = Math.round(60 * slide.dataset[which]);
  totalTime += Number(slide.dataset.timing);
  const clock = document.createElement("p");
  clock.textContent = slide.dataset[`${which}Clock`];
  slide.querySelector("aside.notes").prepend(clock);
}

function fit() {
  for (const place of document.querySelectorAll(".alive")) {
    const alive = place.firstElementChild, { clientWidth: width, clientHeight: height } = place;
    if (!width || place.dataset.fitted) continue;
    for (let zoom = 2; zoom >= 1; zoom -= 0.05) {
      alive.style.zoom = zoom;
      alive.style.width = `${width / zoom}px`;
      if (alive.scrollHeight * zoom <= height && alive.scrollWidth * zoom <= width + 1) break;
    }
    place.dataset.fitted = alive.style.zoom;
  }
}

Reveal.initialize({
  width: 1280, height: 720, margin: 0, center: false, minScale: 0.2, maxScale: 4, transition: "none", hash: true,
  slideNumber: "c/t", totalTime, pdfSeparateFragments: false, plugins: [RevealNotes],
});
for (const event of ["ready", "slidechanged", "pdf-ready"]) Reveal.on(event, () => requestAnimationFrame(fit));
