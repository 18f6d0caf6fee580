// -- 05: damage by dice and by brush, and what a filter and a network make of it, with maps of their errors ----------

/** The other side of a border is a mirror, as SciPy's filters have it. */
const mirrored = (i, n) => (i < 0 ? -1 - i : i < n ? i : 2 * n - 1 - i);

function medianFilter(x, size) {
  const half = size >> 1, around = new Float64Array(size * size), y = new Float64Array(784);
  for (let i = 0; i < 784; i++) {
    for (let v = -half, k = 0; v <= half; v++) for (let h = -half; h <= half; h++, k++) {
      around[k] = x[28 * mirrored(Math.floor(i / 28) + v, 28) + mirrored((i % 28) + h, 28)];
    }
    y[i] = around.sort()[around.length >> 1];
  }
  return y;
}

function gaussianFilter(x, sigma) {
  const far = Math.floor(4 * sigma + 0.5), taps = range(2 * far + 1, -far, far).map((k) => Math.exp(-0.5 * (k / sigma) ** 2));
  const total = taps.reduce((a, b) => a + b);
  const along = (from, at) => Float64Array.from({ length: 784 }, (_, i) =>
    taps.reduce((sum, tap, k) => sum + (tap / total) * from[at(i, k - far)], 0));
  const down = along(x, (i, k) => 28 * mirrored(Math.floor(i / 28) + k, 28) + (i % 28));
  return along(down, (i, k) => i - (i % 28) + mirrored((i % 28) + k, 28));
}

/** Each missing pixel gets the value of the nearest one that is there (of the first, where several are as near). */
function nearestPixel(x, missing) {
  const there = range(784, 0, 783).filter((i) => !missing[i]);
  if (!there.length) return x;
  return x.map((v, i) => {
    if (!missing[i]) return v;
    let best = 0, least = Infinity;
    for (const j of there) {
      const away = (Math.floor(i / 28) - Math.floor(j / 28)) ** 2 + ((i % 28) - (j % 28)) ** 2;
      if (away < least) [best, least] = [j, away];
    }
    return x[best];
  });
}

const FILTERS = { "median, then Gaussian": (x) => gaussianFilter(medianFilter(x, 3), 0.9) };
for (const size of [3, 5]) FILTERS[`median ${size} x ${size}`] = (x) => medianFilter(x, size);
for (const width of ["0.5", "0.7", "1.0", "1.4"]) FILTERS[`Gaussian ${width}`] = (x) => gaussianFilter(x, Number(width));
const NEAREST = "nearest known pixel", TUNED = "the tuned one";

/** The convolutional autoencoder of models/convolutional.py: 28, 14, 7 and back. */
function convAutoencoder(packed) {
  const [a, b, c, d, e] = unpack(packed);
  return (x) => {
    const z = conv(b, conv(a, x, 28, 2), 14, 2);
    return conv(e, conv(d, joined(conv(c, joined(z, 7, [], 0), 14), 14, [], 0), 28), 28);
  };
}

/** A board of 28 x 28 pixels to paint on, by pointer, by finger, or with arrow keys and space. */
function paintedBoard(size, paint) {
  const board = picture("", size), canvas = board.canvas, at = { x: 14, y: 14 };
  const cursor = make("div"), around = make("div");
  around.className = "painted";
  canvas.replaceWith(around);
  around.append(canvas, cursor);
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.style.cssText += "; touch-action:none; cursor:crosshair";
  const place = () => {
    const step = canvas.clientWidth / 28, show = around.getRootNode().activeElement === canvas && canvas.matches(":focus-visible");
    cursor.style.cssText = `position:absolute; pointer-events:none; width:${3 * step}px; height:${3 * step}px;`
      + `left:${(at.x - 1) * step}px; top:${(at.y - 1) * step}px; border:1px solid #fff; outline:1px solid #000;`
      + `display:${show ? "block" : "none"}`;
  };
  const spot = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * 28 - 0.5, ((event.clientY - box.top) / box.height) * 28 - 0.5];
  };
  let last = null;
  canvas.onpointerdown = (event) => {
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    last = spot(event);
    paint([last]);
  };
  canvas.onpointermove = (event) => {
    if (!event.buttons || !last) return;
    const to = spot(event), n = Math.max(2, Math.ceil(2 * Math.hypot(to[0] - last[0], to[1] - last[1])));
    const from = last;
    paint(range(n, 0, 1).map((s) => [from[0] + s * (to[0] - from[0]), from[1] + s * (to[1] - from[1])]));
    last = to;
  };
  canvas.onkeydown = (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], " ": [0, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    at.x = clip(at.x + step[0], 0, 27);
    at.y = clip(at.y + step[1], 0, 27);
    if (event.key === " " || event.shiftKey) paint([[at.x, at.y]]);
    place();
  };
  canvas.onfocus = canvas.onblur = place;
  return board;
}

function brush(root, { networks, images, tuned, step }, say, host) {
  const nets = networks.map(({ name, packed }) => ({ name, run: convAutoencoder(packed) })), all = numbers(images);
  const kinds = nets.map((net) => net.name), BRUSHES = ["black", "white", "grains"], painted = new Float64Array(784).fill(-1);
  let seed = 1;
  const psnr = (a, b) => 10 * Math.log10(784 / squaredError(a.map((v) => clip(v)), b));
  const grains = uniforms(99);
  function damaged(x) {
    const normal = normals(seed), uniform = uniforms(seed), share = strength.value, missing = new Array(784).fill(false);
    const x_tilde = Float64Array.from(x, (v, i) => {
      if (kind.value === kinds[0]) return v + share * normal();
      const u = uniform();
      missing[i] = kind.value === kinds[2] && u < share;
      return u >= share ? v : kind.value === kinds[1] && u < share / 2 ? 1 : 0;
    });
    painted.forEach((v, i) => { if (v >= 0) { x_tilde[i] = v; missing[i] = true; } });
    return { x_tilde: Float64Array.from(x_tilde, Math.fround), missing };
  }
  function classicFor() {
    if (classic.value !== TUNED) return classic.value;
    return kind.value === kinds[2] ? NEAREST : tuned[kind.value][Math.max(1, Math.round(strength.value / step)) - 1];
  }
  const update = onceAFrame(() => {
    const x = all.subarray(784 * (which.value - 1), 784 * which.value), { x_tilde, missing } = damaged(x);
    const name = classicFor(), by = nets.find((net) => net.name === network.value);
    const x_hat = { network: by.run(x_tilde) };
    x_hat.classic = (name === NEAREST ? nearestPixel(x_tilde, missing) : FILTERS[name](x_tilde)).map((v) => clip(v));
    const db = { given: psnr(x_tilde, x), classic: psnr(x_hat.classic, x), network: psnr(x_hat.network, x) };
    const words = { given: `given: ${db.given.toFixed(1)} dB`, classic: `${name}: ${db.classic.toFixed(1)} dB`,
      network: `network: ${db.network.toFixed(1)} dB` };
    board.draw(x_tilde, words.given);
    board.canvas.setAttribute("aria-label", `${words.given}. Paint on it: arrow keys move the brush, space paints`);
    clean.draw(x, "x, undamaged");
    for (const way of ["classic", "network"]) {
      answers[way].draw(x_hat[way], words[way]);
      maps[way].signed(x_hat[way].map((v, i) => 1.5 * (v - x[i])), `error ${squaredError(x_hat[way], x).toFixed(1)}, ${way}`);
    }
    const lead = db.network - db.classic;
    verdict.textContent = `${lead < 0 ? "The classic" : "The network"} is ${Math.abs(lead).toFixed(1)} dB ahead.`;
    host.state = { x: [...x], x_tilde: [...x_tilde], missing, classic: [...x_hat.classic], network: [...x_hat.network], db,
      kind: kind.value, strength: strength.value, filter: name, trained: network.value };
    say(`${Object.values(words).join(", ")}. ${verdict.textContent}`);
  });
  function paint(spots) {
    for (const [h, v] of spots) for (let i = 0; i < 784; i++) {
      if (Math.hypot((i % 28) - h, Math.floor(i / 28) - v) > 1.3) continue;
      if (pen.value !== "grains") painted[i] = pen.value === "white" ? 1 : 0;
      else if (painted[i] < 0) painted[i] = Math.round(grains());
    }
    update();
  }
  const menu = (name, options) => {
    const select = make("select", { onchange: () => update() }, ...options.map((each) => new Option(each)));
    return { select, node: make("label", { className: "menu" }, name, select) };
  };
  const kind = choice("damage", kinds, () => { select.value = kind.value; update(); });
  const strength = slider("strength", [0, 0.9, step, 0.5], () => update());
  const which = slider("image", [1, all.length / 784, 1, 1], () => update());
  const { select, node: network_ } = menu("network trained on", kinds), network = select;
  const { select: classic, node: classic_ } = menu("classic", [TUNED, NEAREST, ...Object.keys(FILTERS)]);
  const pen = choice("brush", BRUSHES, () => {}), size = 134;
  const again = make("button", { textContent: "other dice", onclick() { seed += 1; update(); } });
  const wipe = make("button", { textContent: "wipe the brush off", onclick() { painted.fill(-1); update(); } });
  const board = paintedBoard(size, paint), clean = picture("x", size), verdict = make("output");
  const answers = { classic: picture("", size), network: picture("", size) };
  const maps = { classic: signedPicture(size), network: signedPicture(size) };
  const slim = `.three { display: grid; grid-template-columns: repeat(3, ${size + 2}px); gap: 6px 8px; }
    figcaption { max-width: ${size}px; min-height: 1.4em; } fieldset { padding: 0; gap: 0 10px; }
    .row { gap: 8px 12px; } .painted { position: relative; width: max-content; }
    .side { width: 12.7em; } .side legend { display: block; padding: 0; font-weight: 600; }
    label.slider { grid-template-columns: 1fr auto; gap: 0; } label.slider input { grid-column: 1 / 3; grid-row: 2; }
    label.menu { display: grid; }
    @container (max-width: 460px) {
      .three { grid-template-columns: repeat(3, 1fr); gap: 4px; }
      .painted { width: auto; }
      .side { width: 100%; flex-flow: row wrap; gap: 4px 12px; } .side > * { flex: 1 1 100%; }  .side > .half { flex: 0 0 auto; }
      .side > .menu { flex: 1 1 40%; min-width: 0; } .menu select { width: 100%; }
      .side legend { display: contents; }
      label.slider { grid-template-columns: 5em 1fr 3em; gap: 8px; } label.slider input { grid-area: auto; }
    }`;
  const side = column(kind.node, strength.node, which.node, network_, classic_, pen.node,
    ...[wipe, again].map((one) => make("div", { className: "half" }, one)));
  side.classList.add("side");
  root.append(make("style", { textContent: slim }), row(column(make("div", { className: "three fluid" },
    ...[board, answers.classic, answers.network, clean, maps.classic, maps.network].map((one) => one.node)), verdict), side));
  update();
}

KINDS.brush = brush;
