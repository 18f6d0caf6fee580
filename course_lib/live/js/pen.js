// A board to draw a digit on, and the drawing as MNIST has its digits.

function trace(context, strokes, pen, place = (p) => p) {
  Object.assign(context, { strokeStyle: "#fff", lineWidth: pen, lineCap: "round", lineJoin: "round" });
  for (const stroke of strokes) {
    context.beginPath();
    for (const p of [stroke[0], ...stroke]) context.lineTo(...place(p));
    context.stroke();
  }
}

/** Strokes as MNIST has its digits: fitted into 20 x 20 pixels, their centre of mass in the middle of pixel 14, 14. */
function likeMnist(strokes, pen = 2.4) {
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
  const mass = x.reduce((a, b) => a + b), mean = (f) => x.reduce((sum, v, i) => sum + v * f(i), 0) / mass;
  return ink(28 - mean((i) => i % 28), 28 - mean((i) => Math.floor(i / 28)));
}

const DESK = `
canvas.board { width: 224px; height: 224px; image-rendering: auto; touch-action: none; cursor: crosshair; }
@container (max-width: 460px) {  /* the page scrolls by the margin beside the board */
  .desk { flex-direction: row; gap: 12px; }
  canvas.board { width: 180px; height: 180px; }
  .hands { display: flex; flex-direction: column; align-items: start; gap: 8px; }
}
`;

/**
 * A desk: a board to draw on with mouse, pen or finger, and a menu of test digits for who can't.
 * `changed(x)` is told of each new image, 784 numbers; `images` are the digits 0 to 9, and `take()` puts the chosen one
 * there: first `first`.
 */
function desk(images, first, changed) {
  const named = { role: "img", "aria-label": "draw a digit here with mouse, pen or finger, or take one from the menu" };
  const board = make("canvas", { className: "picture", width: 280, height: 280, attrs: named });
  board.classList.add("board");
  const context = board.getContext("2d"), small = picture("", 28);
  let strokes = [];
  const update = onceAFrame(() => {
    context.clearRect(0, 0, 280, 280);
    trace(context, strokes, 20);
    if (strokes.length) changed(likeMnist(strokes));
  });
  const hint = () => {
    context.fillStyle = "rgb(255 255 255 / 80%)";
    context.font = "24px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText("draw a digit here", 140, 266);
  };
  const point = (event) => {
    const box = board.getBoundingClientRect();
    return [((event.clientX - box.left) * 280) / box.width, ((event.clientY - box.top) * 280) / box.height];
  };
  board.onpointerdown = (event) => {
    event.preventDefault();
    board.setPointerCapture(event.pointerId);
    strokes.push([point(event)]);
    menu.value = "";
    update();
  };
  board.onpointermove = (event) => {
    if (!event.buttons || !strokes.length) return;
    const events = event.getCoalescedEvents?.() ?? [];
    strokes.at(-1).push(...(events.length ? events : [event]).map(point));
    update();
  };
  const take = () => {
    if (menu.value === "") return;
    const x = images.subarray(784 * menu.value, 784 * menu.value + 784);
    strokes = [];
    small.draw(x);
    context.clearRect(0, 0, 280, 280);
    context.drawImage(small.canvas, 0, 0, 280, 280);
    hint();
    changed(x);
  };
  const erase = make("button", { textContent: "erase", onclick() { strokes = []; update(); hint(); } });
  const undo = make("button", { textContent: "undo", title: "take the last stroke back",
    onclick() { strokes.pop(); update(); } });
  const menu = make("select", { attrs: { "aria-label": "a test digit" }, onchange: take },
    new Option("your drawing", ""),
    ...range(10, 0, 9).map((d) => new Option(`test digit ${d}`, d, d === first, d === first)));
  const node = column(make("style", { textContent: DESK }), board, make("div", { className: "hands" }, erase, " ", undo, " ", menu));
  node.classList.add("desk");
  return { node, take };
}
