// The lecture of 50 minutes (?short) or of 90; what lives in a slide as large as the slide allows.
const short = new URLSearchParams(location.search).has("short");
const which = short ? "short" : "minutes";
const all = [...document.querySelectorAll(".slides > section")];
let totalTime = 0;
for (const slide of all) {
  if (short && slide.dataset.short === "0" && slide.dataset.minutes !== "0") { slide.remove(); continue; }
  slide.dataset.timing = Math.round(60 * slide.dataset[which]);
  totalTime += Number(slide.dataset.timing);
  const clock = document.createElement("p");
  clock.textContent = slide.dataset[`${which}Clock`];
  slide.querySelector("aside.notes").prepend(clock);
}

try {
  for (const name of Object.keys(localStorage))  // each lecture asks anew
    if (name.startsWith("autoencoder-course:deck ")) localStorage.removeItem(name);
} catch { /* a browser that keeps nothing */ }

const LARGE = `
.card { font-size: 27px !important; line-height: 1.3; max-width: none !important; border: 0 !important; padding: 0 !important;
  display: grid; grid-template-columns: repeat(auto-fit, minmax(540px, 1fr)); gap: 8px 40px; align-items: start; }
.card section + section { margin-top: 0 !important; }
.card section > .head { display: none; } .card i, .card code { font-size: 21px !important; }
.choices { gap: 6px !important; margin: 4px 0 !important; } .choices button { font-size: 25px; min-height: 44px !important; padding: 4px 14px !important; border-width: 2px !important; }
.card section:only-of-type { font-size: 30px; } .card section:only-of-type .choices button { font-size: 28px; padding: 6px 16px !important; }
.card .plain { font-size: 21px; } .number input { font-size: 25px !important; }
.card > p:empty, .card section:not(:only-of-type) > p:not(.asked), .card section:has(.choices) > p:not(.asked) { display: none; }  /* what came comes on key */
`;

function enlarge() {
  for (const card of document.querySelectorAll(".card > [data-live]")) {
    const style = document.createElement("style");
    style.textContent = LARGE;
    card.shadowRoot?.append(style);
  }
}

// Where what is seen ends: words by their own width, not by that of the block they stand in.
function rightmost(alive) {
  const range = document.createRange();
  return Math.max(...[...alive.shadowRoot.querySelectorAll("canvas, svg, input, select, button, span, label, output, p, td, figcaption")].map((one) => {
    if (one.matches("span, label, output, p, td, figcaption")) range.selectNodeContents(one);
    else range.selectNode(one);
    return one.closest(".unseen") ? 0 : range.getBoundingClientRect().right;
  }));
}

function fit() {
  for (const place of document.querySelectorAll(".alive")) {
    const alive = place.firstElementChild, { clientWidth: width, clientHeight: height } = place;
    if (!width || place.dataset.fitted) continue;
    alive.dataset.large = "";
    for (let zoom = 2; zoom >= 1; zoom -= 0.05) {
      alive.style.zoom = zoom;
      alive.style.setProperty("--least", `${20 / zoom}px`);  // the pictures shrink until words of 20 px fit
      alive.style.width = `${width / zoom}px`;
      if (alive.scrollHeight * zoom <= height && alive.scrollWidth * zoom <= width + 1) break;
    }
    const slack = (alive.getBoundingClientRect().right - rightmost(alive)) / 2, each = alive.getBoundingClientRect().width / alive.offsetWidth;
    const was = alive.scrollHeight;
    if (slack > 0) Object.assign(alive.style, { marginLeft: `${slack / each}px`, width: `${alive.offsetWidth - slack / each}px` });
    if (alive.scrollHeight > was) Object.assign(alive.style, { marginLeft: 0, width: `${width / alive.style.zoom}px` });  // lines would break
    place.dataset.fitted = alive.style.zoom;
  }
}

Reveal.initialize({
  width: 1280, height: 720, margin: 0, center: false, minScale: 0.2, maxScale: 4, transition: "none", hash: true,
  slideNumber: (slide) => [all.indexOf(slide) + 1, "/", all.length],  // the guide's numbers, in the short lecture too
  totalTime, pdfSeparateFragments: false, plugins: [RevealNotes],
});
addEventListener("load", enlarge);
// Only what is seen takes the focus and the keys; among all slides each can be clicked.
for (const event of ["ready", "slidechanged", "overviewshown", "overviewhidden"])
  Reveal.on(event, () => { for (const slide of all) slide.inert = !Reveal.isOverview() && slide !== Reveal.getCurrentSlide(); });
for (const event of ["ready", "slidechanged", "pdf-ready"]) Reveal.on(event, () => requestAnimationFrame(fit));
