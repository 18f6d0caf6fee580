// -- 07: a U-Net whose skips are cut and whose bottleneck is exchanged ------------------------------------------

const SKIP = `
.net { display: grid; flex: 1 1 470px; max-width: 618px;
  grid-template-columns: 104fr 104fr 170fr 104fr 104fr;
  gap: 6px 8px; align-items: start; font-size: var(--small); }
.net canvas { width: 100%; height: auto; image-rendering: pixelated; border: 1px solid var(--faint); display: block;
  background: #000; box-sizing: border-box; }
.net figure { min-width: 0; }
.net .aside canvas { filter: brightness(0.45); }
.side { flex: 0 1 300px; }
.net canvas.paint { touch-action: none; cursor: crosshair; border: 2px solid var(--data); }
.net label.slider { display: block; border-top: 3px solid var(--code); padding-top: 2px; }
.net label.slider.cut { border-top: 3px dashed var(--faint); }
.net label.slider input { display: block; }
.net label.slider output { font-weight: 700; }
:host([data-large]) .whole { display: grid; grid-template: auto 1fr / 36em minmax(0, 22em); gap: 8px 24px; }
:host([data-large]) .whole > .row { display: contents; }
:host([data-large]) .net { grid-row: 1 / 3; max-width: none; }
:host([data-large]) .whole > fieldset { grid-column: 2; grid-row: 1; }
`;

function skip(root, { tasks, images, first }, say, host) {
  const truths = numbers(images), count = truths.length / 784, digit = (all, i) => all.slice(784 * i, 784 * i + 784);
  const made = tasks.map(({ name, skips, twin, given }) => ({ name, skips: unet(skips), twin: unet(twin),
    given: given ? numbers(given) : truths }));
  const task = () => made.find(({ name }) => name === trained.value), copying = () => task().name === "copy";
  const pens = { white: 1, black: 0 };
  let painted = null, known = {};  // known: what was encoded, until an image or the task changes

  const given = (i) => (i === image.value - 1 && painted) || digit(task().given, i);
  const wanted = (i) => (copying() ? given(i) : digit(truths, i));
  const encoded = (way, i) => (known[`${way} ${i}`] ??= task()[way].f(given(i)));
  const mixed = (z, other) => {
    const share = swap.value / 100, theirs = stranger.value === "zeros" ? new Float64Array(z.length) : other;
    return z.map((v, k) => (1 - share) * v + share * theirs[k]);
  };
  const answer = (way, i, other) => {
    const { z, ...maps } = encoded(way, i), [share14, share28] = way === "skips" ? [cut14.value / 100, cut28.value / 100] : [0, 0];
    const found = () => {
      const at = mixed(z, encoded(way, other).z);
      return { z: at, ...maps, ...task()[way].g(at, maps, share14, share28) };
    };
    return (known[`${way} ${i} ${other} ${swap.value} ${stranger.value} ${share14} ${share28}`] ??= found());
  };
  const error = (x_hat, i) => squaredError(x_hat, wanted(i));
  const quality = (mean) => `${mean.toFixed(1)} (${(10 * Math.log10(784 / mean)).toFixed(1)} dB)`;

  const update = onceAFrame(() => {
    if (Object.keys(known).length > 300) known = {};
    const i = image.value - 1, other = donor.value - 1, own = answer("skips", i, other), twin = answer("twin", i, other);
    const errors = [own, twin].map(({ x_hat }) => error(x_hat, i));
    shown.x_tilde.draw(given(i), copying() ? "x: paint on it" : "x\u0303: paint on it");
    shown.x_hat.draw(own.x_hat, `x\u0302, skips: ${quality(errors[0])}`);
    shown.twin.draw(twin.x_hat, `x\u0302, twin: ${quality(errors[1])}`);
    shown.x.draw(wanted(i), "x, as it should be");
    shown.other.draw(given(other), "the other image \u2192");
    stacks.fine.draw(own.fine);
    stacks.middle.draw(own.middle);
    stacks.z.draw(own.z);
    stacks.h14.draw(own.h14);
    stacks.h28.draw(own.h28);
    for (const each of [cut14, cut28]) each.node.classList.toggle("cut", each.value === 0);
    shown.other.node.classList.toggle("aside", stranger.value === "zeros" || !swap.value);
    host.state = { x_tilde: Array.from(given(i)), x_hat: Array.from(own.x_hat), twin: Array.from(twin.x_hat), errors, mean: null };
    const way = `Trained for ${task().name}; skips ${cut28.value} and ${cut14.value} %, bottleneck ${100 - swap.value} % its own`;
    over.textContent = "";
    afterwards(way, `squared error with skips ${quality(errors[0])}, of the twin ${quality(errors[1])}`);
  });

  /** The mean over all images, one image a frame, once the hand rests. */
  let run = 0;
  const afterwards = (way, here) => {
    const mine = ++run, sums = [0, 0];
    const next = (i) => {
      if (mine !== run) return;
      ["skips", "twin"].forEach((which, k) => { sums[k] += error(answer(which, i, (i + 1) % count).x_hat, i) / count; });
      if (i + 1 < count) return requestAnimationFrame(() => next(i + 1));
      host.state = { ...host.state, mean: sums };
      over.textContent = `All ${count} images, each with the next one's bottleneck as the other: with skips ${quality(sums[0])}, `
        + `the twin ${quality(sums[1])}.`;
      say(`${way}: ${here}. ${over.textContent}`);
    };
    say(`${way}: ${here}.`);
    setTimeout(() => next(0), 350);
  };

  const forget = () => { known = {}; painted = null; update(); };
  const percent = (name, start) => slider(name, [0, 100, 1, start], update, " %");
  const trained = choice("trained for", made.map(({ name }) => name), forget);
  const stranger = choice("instead of its own bottleneck", ["the other image's", "zeros"], update);
  const pen = choice("pen", Object.keys(pens), () => {});
  const image = slider("image", [1, count, 1, first], forget), donor = slider("other image", [1, count, 1, first + 1], update);
  const cut28 = percent("skip 28 \u00d7 28 \u2192", 100), cut14 = percent("skip 14 \u00d7 14 \u2192", 100);
  const swap = percent("bottleneck exchanged", 0), over = make("output");
  const shown = Object.fromEntries(["x_tilde", "x_hat", "twin", "x", "other"].map((name) => [name, picture("", 112)]));
  const stacks = { fine: stack(8, 28, 4, "8 maps, 28\u00a0\u00d7\u00a028"), middle: stack(16, 14, 8, "16 maps, 14\u00a0\u00d7\u00a014"),
    z: stack(32, 7, 8, "z: 32 maps, 7\u00a0\u00d7\u00a07"), h14: stack(16, 14, 8, "16 maps, way up"),
    h28: stack(8, 28, 4, "8 maps, way up") };
  for (const { canvas } of Object.values(shown)) canvas.style.cssText = "";

  const canvas = shown.x_tilde.canvas;
  canvas.classList.add("paint");
  let last = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(28 * (event.clientX - box.left)) / box.width, (28 * (event.clientY - box.top)) / box.height];
  };
  const stroke = (event) => {
    const to = place(event), from = last ?? to, steps = 1 + Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1]));
    painted ??= Float32Array.from(given(image.value - 1));
    for (let s = 0; s <= steps; s++) for (let k = 0; k < 784; k++) {
      const h = from[0] + ((to[0] - from[0]) * s) / steps - (k % 28) - 0.5, v = from[1] + ((to[1] - from[1]) * s) / steps - Math.floor(k / 28) - 0.5;
      const ink = clip(1.6 - Math.hypot(h, v));
      painted[k] += ink * (pens[pen.value] - painted[k]);
    }
    last = to;
    known = {};
    update();
  };
  canvas.onpointerdown = (event) => { event.preventDefault(); canvas.setPointerCapture(event.pointerId); last = null; stroke(event); };
  canvas.onpointermove = (event) => { if (event.buttons) stroke(event); };
  const change = (textContent, how) => make("button", { textContent, onclick() {
    painted = how(Float32Array.from(given(image.value - 1)));
    known = {};
    update();
  } });

  const cell = (column, line, ...nodes) => {
    const node = make("div", {}, ...nodes);
    node.style.cssText = `grid-column: ${column}; grid-row: ${line}; min-width: 0`;
    return node;
  };
  const net = make("div", { className: "net" },
    cell(1, 1, shown.x_tilde.node), cell(2, 1, stacks.fine.node), cell(3, 1, cut28.node), cell(4, 1, stacks.h28.node),
    cell(5, 1, shown.x_hat.node), cell(2, 2, stacks.middle.node), cell(3, 2, cut14.node), cell(4, 2, stacks.h14.node),
    cell(5, 2, shown.twin.node), cell(2, 3, shown.other.node), cell(3, 3, swap.node, stacks.z.node), cell(5, 3, shown.x.node));
  const undo = make("button", { textContent: "undo", onclick: forget });
  const side = column(image.node, donor.node, stranger.node, pen.node,
    make("div", {}, change("exchange black and white", (x) => x.map((v) => 1 - v)), " ", undo), over, make("figcaption", {},
      "Beside each answer: its squared error. The twin was trained without skips and has none; its bottleneck is exchanged likewise."));
  side.classList.add("side");
  root.className = "whole";
  root.append(make("style", { textContent: SKIP }), trained.node, row(net, side));
  update();
}

/** Many small maps in one picture, from black (the least) to white (the largest). */
function stack(maps, side, across, caption) {
  const canvas = make("canvas", { width: across * side, height: (maps / across) * side, attrs: { role: "img", "aria-label": caption } });
  const context = canvas.getContext("2d"), pixels = context.createImageData(canvas.width, canvas.height);
  pixels.data.fill(255);
  return {
    node: make("figure", {}, canvas, make("figcaption", {}, caption)),
    draw(values) {
      let low = Infinity, high = -Infinity;
      for (const v of values) { low = Math.min(low, v); high = Math.max(high, v); }
      for (let k = 0; k < values.length; k++) {
        const map = Math.floor(k / (side * side)), v = Math.floor(k / side) % side;
        const at = ((Math.floor(map / across) * side + v) * across + (map % across)) * side + (k % side);
        pixels.data.fill((255 * (values[k] - low)) / (high - low + 1e-9), 4 * at, 4 * at + 3);
      }
      context.putImageData(pixels, 0, 0);
    },
  };
}

KINDS.skip = skip;
