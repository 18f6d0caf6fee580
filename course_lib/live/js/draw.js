// -- 03: draw a digit ---------------------------------------------------------------------------------------------

function trace(context, strokes, pen, place = (p) => p) {
  Object.assign(context, { strokeStyle: "#fff", lineWidth: pen, lineCap: "round", lineJoin: "round" });
  for (const stroke of strokes) {
    context.beginPath();
    for (const p of [stroke[0], ...stroke]) context.lineTo(...place(p));
    context.stroke();
  }
}

/** Strokes as MNIST has its digits: fitted into 20 x 20 pixels, their centre of mass in the middle of pixel 14, 14. */
function likeMnist(strokes, pen = 2.4, centre = true) {
  const context = make("canvas", { width: 28, height: 28 }).getContext("2d", { willReadFrequently: true });
  const ends = [0, 1].map((k) => strokes.flat().map((p) => p[k])).map((v) => [Math.min(...v), Math.max(...v)]);
  const zoom = (20 - pen) / Math.max(...ends.map(([low, high]) => high - low), 1e-6);
  const [left, top] = ends.map(([low, high]) => (low + high) / 2);
  const ink = (h, v) => {
    context.fillRect(0, 0, 28, 28);
    trace(context, strokes, pen, ([x, y]) => [(x - left) * zoom + h, (y - top) * zoom + v]);
    const rgba = context.getImageData(0, 0, 28, 28).data;
    return Float32Array.from({ length: 784 }, (_, i) => rgba[4 * i] / 255);
  };
  const x = ink(14, 14);
  if (!centre) return x;
  const mass = x.reduce((a, b) => a + b), mean = (f) => x.reduce((sum, v, i) => sum + v * f(i), 0) / mass;
  return ink(28 - mean((i) => i % 28), 28 - mean((i) => Math.floor(i / 28)));
}

function draw(root, { models, images }, say) {
  const nets = models.map(({ name, encoder, decoder }) =>
    ({ name, f: unpack(encoder), g: unpack(decoder), out: picture(name, 150) }));
  const all = numbers(images), seen = picture("what the network sees", 150), text = make("output");
  const spoken = { role: "img", "aria-label": "draw a digit here" };
  const board = make("canvas", { className: "picture", width: 280, height: 280, attrs: spoken });
  board.style.cssText = "width:224px; height:224px; image-rendering:auto; touch-action:none; cursor:crosshair";
  const context = board.getContext("2d");
  let strokes = [];
  const show = (x) => {
    seen.draw(x, "x, fitted and centred");
    text.textContent = nets.map(({ name, f, g, out }) => {
      const z = Array.from(forward(f, x)), x_hat = forward(g, z), error = squaredError(x, x_hat).toFixed(1);
      out.draw(x_hat, `${name}: error ${error}`);
      const code = z.slice(0, 4).map((v) => v.toFixed(1)).join(", ") + (z.length > 4 ? ", \u2026" : "");
      return `${name}: z = (${code}), error ${error}`;
    }).join("; ");
    say(text.textContent);
  };
  const update = onceAFrame(() => {
    context.clearRect(0, 0, 280, 280);
    trace(context, strokes, 20);
    if (strokes.length) show(likeMnist(strokes));
  });
  const point = (event) => {
    const box = board.getBoundingClientRect();
    return [((event.clientX - box.left) * 280) / box.width, ((event.clientY - box.top) * 280) / box.height];
  };
  board.onpointerdown = (event) => {
    event.preventDefault();
    board.setPointerCapture(event.pointerId);
    strokes.push([point(event)]);
    update();
  };
  board.onpointermove = (event) => {
    if (!event.buttons || !strokes.length) return;
    const events = event.getCoalescedEvents?.() ?? [];
    strokes.at(-1).push(...(events.length ? events : [event]).map(point));
    update();
  };
  const erase = make("button", { textContent: "erase", onclick() { strokes = []; update(); } });
  const take = () => { strokes = []; update(); show(all.subarray(784 * pick.value, 784 * pick.value + 784)); };
  const pick = make("select", { attrs: { "aria-label": "take a test digit" }, onchange: () => pick.value && take() },
    new Option("or take a test digit", ""), ...CLASSES.map((_, d) => new Option(d, d)));
  const desk = make("figure", {}, board, make("figcaption", {}, "draw a digit"), erase, " ", pick);
  root.append(row(desk, seen.node, ...nets.map(({ out }) => out.node)), text);
}

KINDS.draw = draw;
