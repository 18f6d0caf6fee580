// The ground of everything that lives in a page: elements, one drawing a frame, a voice for screen readers, `mount`.
// The files of this folder are joined into one module by page.py: no imports, no exports, no library, no network.

// --least: no text is smaller; a deck sets it, so that a class can read from the last row
const STYLE = `
:host { display: block; max-width: 100%; color: inherit; font: max(14px, var(--least, 0px))/1.4 system-ui, sans-serif;
  --small: max(12px, var(--least, 0px));
  --data: #0072B2; --model: #D55E00; --code: #009E73; --faint: color-mix(in srgb, currentColor 30%, transparent); }
.row { display: flex; flex-wrap: wrap; gap: 12px 24px; align-items: flex-start; padding: 6px 4px; }
.column { display: flex; flex-direction: column; gap: 6px; }
.film { display: flex; flex-wrap: wrap; gap: 2px; padding: 0 4px; }
.pictures { display: flex; gap: 8px; padding: 0 4px; }
figure { margin: 0; }
figcaption { font-size: var(--small); margin-top: 2px; max-width: 224px; }
canvas.picture { image-rendering: pixelated; border: 1px solid var(--faint); display: block; background: #000; }
svg { display: block; max-width: 100%; height: auto; overflow: visible; user-select: none; -webkit-user-select: none; }
svg.moved { touch-action: none; cursor: crosshair; }
svg text { fill: currentColor; font-size: var(--small); }
:focus-visible { outline: 2px solid var(--model); outline-offset: 2px; }
label.slider { display: grid; grid-template-columns: 7em minmax(8em, 13em) 4.5em; gap: 8px; align-items: center; }
input { accent-color: var(--model); margin: 0; }
input[type=range] { width: 100%; height: 24px; }
fieldset { border: 0; margin: 0; padding: 2px 4px; display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center; }
legend { display: contents; }
fieldset label { display: inline-flex; gap: 5px; align-items: center; min-height: 24px; }
output { font-variant-numeric: tabular-nums; padding: 0 4px; }
button, select { font: inherit; min-height: 28px; }
:host(:not([data-kind=ask], [data-kind=progress])) { container-type: inline-size; }
@container (max-width: 460px) {  /* a phone: pictures side by side shrink, controls and text close up */
  .row { gap: 6px 8px; padding: 4px; }
  .row > .column { min-width: 0; max-width: 100%; }
  label.slider { grid-template-columns: 8em 1fr 4em; }
  .pictures { gap: 4px; padding: 0; }
  .pictures figure { flex: 1 1 0; min-width: 0; }
  .pictures canvas, .fluid canvas { width: 100% !important; height: auto !important; box-sizing: border-box; }
  fieldset { padding: 0 4px; }
}
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;

function make(tag, { attrs = {}, ...props } = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  for (const [name, value] of Object.entries(attrs)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function shape(tag, attrs = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attrs)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const row = (...children) => make("div", { className: "row" }, ...children);
const column = (...children) => make("div", { className: "column" }, ...children);
const pairs = (flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
const range = (n, low, high) => Array.from({ length: n }, (_, i) => low + ((high - low) * i) / (n - 1));
const clip = (v, low = 0, high = 1) => Math.min(high, Math.max(low, v));

/** `draw`, at most once a frame, however often it is asked for. */
function onceAFrame(draw) {
  let asked = 0;
  return () => { asked ||= requestAnimationFrame(() => { asked = 0; draw(); }); };
}

/** What a screen reader says: the last text, once the hand rests. */
function speaker() {
  const node = make("p", { className: "unseen", attrs: { role: "status" } });
  let timer;
  return { node, say(text) { clearTimeout(timer); timer = setTimeout(() => { node.textContent = text; }, 500); } };
}


/**
 * What lives in a page, by kind: each file adds its own, `KINDS.name = (root, config, say, host) => ...`.
 * An explorer sets `host.state` at each update: the numbers that it shows, for whoever asks (the tests do).
 */
const KINDS = {};

/**
 * Whether a key is the page's. In a deck: a presenter's remote sends page up and down, a button has no use for arrows,
 * and after Escape all keys are the deck's again.
 */
function turns(el, event) {
  if (!el.closest(".reveal")) return event.key === "Escape";
  if (event.key === "Escape") el.shadowRoot.activeElement?.blur();
  return /^Page(Up|Down)$/.test(event.key) || (event.key.startsWith("Arrow") && event.composedPath()[0].tagName === "BUTTON");
}

/** Wake the elements that page.py's HTML left here. What stands inside stays where there is no script. */
function mount(id, config) {
  for (const el of document.querySelectorAll(`[data-live="${id}"]`)) {
    if (el.shadowRoot) continue;
    const root = el.attachShadow({ mode: "open" }), voice = speaker();
    for (const quiet of ["data-lm-suppress-shortcuts", "data-prevent-swipe"]) el.setAttribute(quiet, "true");
    el.addEventListener("keydown", (event) => { if (!turns(el, event)) event.stopPropagation(); });
    root.append(make("style", { textContent: STYLE }), voice.node);
    const stage = root.appendChild(make("div"));
    try {
      KINDS[config.kind](stage, config, voice.say, el);
    } catch (error) {
      stage.replaceChildren(make("p", {}, `This explorer could not start (${error.message}); its picture:`), make("slot"));
      throw error;
    }
  }
}
