// The parts: sliders, choices, pictures, planes.

/** A labelled native slider: keyboard, touch and screen readers come with it. `unit`: what stands behind the number,
 * or a function that writes the number. */
function slider(name, [low, high, step, start], changed, unit = "") {
  const input = make("input", { type: "range", min: low, max: high, step, value: start }), shown = make("output");
  const digits = (String(step).split(".")[1] ?? "").length;
  const show = () => {
    const v = Number(input.value);
    shown.textContent = typeof unit === "function" ? unit(v) : v.toFixed(digits) + unit;
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  input.oninput = () => { show(); changed(); };
  show();
  return {
    node: make("label", { className: "slider" }, make("span", {}, name), input, shown),
    get value() { return Number(input.value); },
    set value(v) { input.value = v; show(); },
  };
}

/** A row of radio buttons; the first is chosen. */
function choice(name, options, changed) {
  const group = `live-${Math.random()}`;
  const inputs = options.map((value, i) =>
    make("input", { type: "radio", name: group, value, checked: i === 0, onchange: changed }));
  const labels = inputs.map((input, i) => make("label", {}, input, options[i]));
  return {
    node: make("fieldset", {}, make("legend", {}, name), ...labels),
    get value() { return inputs.find((input) => input.checked).value; },
    choose(value) { inputs.find((input) => input.value === value).checked = true; },
  };
}

/** A grey picture of 28 x 28 pixels from 0 (black) to 1 (white). */
function picture(caption, size) {
  const canvas = make("canvas", { className: "picture", width: 28, height: 28, attrs: { role: "img" } });
  canvas.style.cssText = `width:${size}px; height:${size}px`;
  const context = canvas.getContext("2d"), pixels = context.createImageData(28, 28), text = make("figcaption");
  pixels.data.fill(255);
  const name = (words) => { text.textContent = words; canvas.setAttribute("aria-label", words); };
  name(caption);
  return {
    canvas, node: make("figure", {}, canvas, text),
    draw(values, words = caption) {
      for (let i = 0; i < 784; i++) pixels.data.fill(Math.round(255 * clip(values[i])), 4 * i, 4 * i + 3);
      context.putImageData(pixels, 0, 0);
      name(words);
    },
  };
}

/** What an explorer takes for a size when it wakes: the second where it stands on a phone, of planes in pairs a half. */
const sized = (host, usual, small) => (host.clientWidth && host.clientWidth <= 460 ? small : usual);
const halved = (host, usual) => sized(host, usual, (host.clientWidth - 16) / 2 - 56);
const written = (v) => String(Number(v.toFixed(2))).replace("-", "\u2212");

/** How wide a plane's labels are in the type of its page. */
function inked(texts) {
  const context = make("canvas").getContext("2d");
  context.font = "12px system-ui, sans-serif";
  return Math.max(...texts.map((text) => context.measureText(text).width));
}

/**
 * A plane with axes. With `moved(x, y)` a point is dragged on it, or walked with the arrow keys from `at()`. Where only
 * x counts it is dragged `sideways`: a finger's way up or down goes on scrolling the page.
 */
function plane({ x: [x0, x1], y: [y0, y1], label, names, size = 300, high = size, moved, at, sideways = false }) {
  const px = (x) => ((x - x0) / (x1 - x0)) * size, py = (y) => ((y1 - y) / (y1 - y0)) * high;
  const shares = [0, 0.5, 1], ticks = (low, share, top) => written(low + share * (top - low));
  const left = Math.ceil(8 + inked([names[1], ...shares.map((share) => ticks(y0, share, y1)), "\u22120.00"]));
  const wide = left + size + 10;
  const svg = shape("svg", { viewBox: `${-left} -8 ${wide} ${high + 48}`, width: wide, "aria-label": label });
  const add = (tag, attrs, ...text) => svg.appendChild(shape(tag, { "pointer-events": "none", ...attrs }, ...text));
  const frame = { fill: "none", stroke: "currentColor", "stroke-opacity": 0.4, "pointer-events": "all" };
  add("rect", { width: size, height: high, ...frame });
  for (const share of shares) {
    const anchor = ["start", "middle", "end"][2 * share];  // the first and the last stay clear of their neighbours
    add("text", { x: share * size, y: high + 15, "text-anchor": anchor }, ticks(x0, share, x1));
    add("text", { x: -6, y: (1 - share) * high + 4, "text-anchor": "end" }, ticks(y0, share, y1));
  }
  add("text", { x: size / 2, y: high + 33, "text-anchor": "middle" }, names[0]);
  add("text", { x: -6, y: high / 4 + 4, "text-anchor": "end" }, names[1]);
  svg.setAttribute("role", moved ? "application" : "img");
  if (moved) {
    const go = (x, y) => moved(clip(x, x0, x1), clip(y, y0, y1));
    const point = (event) => {
      const box = svg.getBoundingClientRect(), k = wide / box.width;  // also right where a deck is scaled
      const h = (event.clientX - box.left) * k - left, v = (event.clientY - box.top) * k - 8;
      go(x0 + (h / size) * (x1 - x0), y1 - (v / high) * (y1 - y0));
    };
    svg.classList.add("moved");
    if (sideways) svg.style.touchAction = "pan-y";
    svg.tabIndex = 0;
    svg.onpointerdown = (event) => {
      event.preventDefault();
      svg.focus({ preventScroll: true });
      svg.setPointerCapture(event.pointerId);
      point(event);
    };
    svg.onpointermove = (event) => { if (event.buttons) point(event); };
    svg.onkeydown = (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const [x, y] = at(), k = event.shiftKey ? 10 : 50;
      go(x + (step[0] * (x1 - x0)) / k, y + (step[1] * (y1 - y0)) / k);
    };
  }
  const spot = ([x, y]) => `${px(x).toFixed(1)} ${py(y).toFixed(1)}`;
  const layer = (write, attrs, things) => {
    const node = add("path", { fill: "none", stroke: "currentColor", "stroke-width": 2, ...attrs });
    const made = { set(values) { node.setAttribute("d", write(values)); return made; } };
    return made.set(things);
  };
  const round = { "stroke-width": 5, "stroke-linecap": "round" };
  const halo = "font-weight:700; fill:#000; stroke:#fff; stroke-width:3px; paint-order:stroke; text-anchor:middle";
  return {
    node: svg,
    curve: (points, attrs) => layer((list) => "M" + list.map(spot).join("L"), attrs, points),
    links: (couples, attrs) => layer((list) => list.map(([a, b]) => `M${spot(a)}L${spot(b)}`).join(""), attrs, couples),
    dots: (points, attrs) => layer((list) => list.map((p) => `M${spot(p)}h0`).join(""), { ...round, ...attrs }, points),
    write(text) {
      const node = add("text", { style: halo }, text);
      return { set([x, y]) { node.setAttribute("x", px(x)); node.setAttribute("y", py(y) + 4); } };
    },
    backdrop(canvas) {
      svg.querySelector("image")?.remove();
      const whole = { width: size, height: high, preserveAspectRatio: "none" };
      if (canvas) svg.prepend(shape("image", { href: canvas.toDataURL(), ...whole }));
    },
  };
}

const HANDLE = { "stroke-width": 15, style: "filter: drop-shadow(0 0 1px #fff) drop-shadow(0 0 1px #000)" };

// plotting.look.CLASSES, ten that colour-blind readers tell apart, with the text's own colour in them: on a dark page some
// would have less than 3 : 1 to the ground.
const CLASSES = ["#0000FF", "#D27800", "#5A2D2D", "#0F96D2", "#961E00", "#B44BFF", "#788796", "#004B69", "#B4875A",
  "#5A0096"].map((colour) => `color-mix(in srgb, ${colour} 65%, currentColor)`);
