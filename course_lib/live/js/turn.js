// -- 01: turn a line, see its error and its place on the loss surface -----------------------------------------

function turn(root, { points, limit }, say) {
  const x = pairs(numbers(points)), mean = (f) => x.reduce((sum, p) => sum + f(p), 0) / x.length;
  const c11 = mean((p) => p[0] ** 2), c12 = mean((p) => p[0] * p[1]), c22 = mean((p) => p[1] ** 2);
  const error = (a, b) => {  // E(w) = tr C - 2 w'Cw + |w|^2 w'Cw
    const q = c11 * a * a + 2 * c12 * a * b + c22 * b * b;
    return c11 + c22 - 2 * q + (a * a + b * b) * q;
  };
  const update = onceAFrame(() => {
    const [a, b] = w(), k = limit / Math.max(Math.abs(a), Math.abs(b), 1e-9);
    const x_hat = x.map((p) => [(a * p[0] + b * p[1]) * a, (a * p[0] + b * p[1]) * b]);
    residuals.set(x.map((p, i) => [p, x_hat[i]]));
    projected.set(x_hat);
    line.set([[-k * a, -k * b], [k * a, k * b]]);
    handle.set([[a, b]]);
    text.textContent = `squared error ${error(a, b).toFixed(3)}, w = (${a.toFixed(2)}, ${b.toFixed(2)})`;
    say(text.textContent);
  });
  const angle = slider("angle", [-90, 90, 1, 60], update, "\u00b0");
  const length = slider("length of w", [0, 1.4, 0.01, 1], update), text = make("output");
  const w = () => [Math.cos, Math.sin].map((f) => f((angle.value * Math.PI) / 180) * length.value);
  const turned = (a, b) => { angle.value = (Math.atan(b / (a || 1e-9)) * 180) / Math.PI; update(); };
  const left = plane({ x: [-limit, limit], y: [-limit, limit], names: ["x\u2081", "x\u2082"], at: w, moved: turned,
    label: "points and their projections: drag to turn the line" });
  const right = plane({ x: [-1.4, 1.4], y: [-1.4, 1.4], names: ["w\u2081", "w\u2082"], at: w,
    label: "the loss over w: drag w", moved(a, b) { length.value = Math.hypot(a, b); turned(a, b); } });
  const residuals = left.links([], { "stroke-width": 0.8, "stroke-opacity": 0.5 });
  const line = left.curve([[0, 0]], { stroke: "var(--model)" });
  const projected = left.dots([], { stroke: "var(--model)", "stroke-width": 4 });
  left.dots(x, { stroke: "var(--data)" });
  const floor = Math.min(...range(181, 0, Math.PI).map((t) => error(Math.cos(t), Math.sin(t))));
  const side = 140, canvas = make("canvas", { width: side, height: side }), context = canvas.getContext("2d");
  for (let i = 0; i < side * side; i++) {
    const a = -1.4 + ((i % side) + 0.5) / 50, b = 1.4 - (Math.floor(i / side) + 0.5) / 50;
    const level = Math.round(16 * clip(Math.log(error(a, b) / floor) / Math.log(error(1.4, 1.4) / floor)));
    context.fillStyle = `hsl(0 0% ${97 - 5.5 * level}%)`;
    context.fillRect(i % side, Math.floor(i / side), 1, 1);
  }
  right.backdrop(canvas);
  const handle = right.dots([], { ...HANDLE, stroke: "var(--model)" });
  root.append(row(left.node, right.node), column(angle.node, length.node, text));
  update();
}

KINDS.turn = turn;
