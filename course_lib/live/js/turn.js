// -- 01: a line to turn through points, and its weights w on the loss surface, down which training walks

/** Small squares where residuals meet the line at a right angle: at the feet of the longest ones. */
function corners(x, x_hat, [a, b], count = 7, side = 0.13) {
  const rest = x.map((p, i) => [x_hat[i], p[0] - x_hat[i][0], p[1] - x_hat[i][1]]);
  rest.sort((p, q) => Math.hypot(q[1], q[2]) - Math.hypot(p[1], p[2]));
  return rest.slice(0, count).flatMap(([[h, v], p, q]) => {
    const long = Math.hypot(p, q), [n, m] = [(side * p) / long, (side * q) / long];
    const [one, two, three] = [[h + n, v + m], [h + n + side * a, v + m + side * b], [h + side * a, v + side * b]];
    return long < 2 * side ? [] : [[one, two], [two, three]];
  });
}

function turn(root, { points, limit, rate, start }, say, host) {
  const x = pairs(floats(points)), mean = (f) => x.reduce((sum, p) => sum + f(p), 0) / x.length;
  const c11 = mean((p) => p[0] ** 2), c12 = mean((p) => p[0] * p[1]), c22 = mean((p) => p[1] ** 2), edge = 1.4;
  const error = (a, b) => {  // E(w) = tr C - 2 w'Cw + |w|^2 w'Cw
    const q = c11 * a * a + 2 * c12 * a * b + c22 * b * b;
    return c11 + c22 - 2 * q + (a * a + b * b) * q;
  };
  const slope = ([a, b]) => {  // its gradient, 2 (|w|^2 - 2) Cw + 2 (w'Cw) w
    const [p, q] = [c11 * a + c12 * b, c12 * a + c22 * b], k = 2 * (a * a + b * b - 2), s = 2 * (a * p + b * q);
    return [k * p + s * a, k * q + s * b];
  };
  const best = 0.5 * Math.atan2(2 * c12, c11 - c22), u = [Math.cos(best), Math.sin(best)], least = error(...u);
  let w = [0.5, Math.sqrt(0.75)], path = [], timer;

  const update = onceAFrame(() => {
    const [a, b] = w, long = Math.hypot(a, b), e = error(a, b), away = limit / Math.max(Math.abs(a), Math.abs(b), 1e-9);
    const x_hat = x.map((p) => [(a * p[0] + b * p[1]) * a, (a * p[0] + b * p[1]) * b]);
    const unit = Math.abs(long - 1) < 0.005, angles = unit ? corners(x, x_hat, w) : [];
    residuals.set(x.map((p, i) => [p, x_hat[i]]));
    right.set(angles);
    projected.set(x_hat);
    line.set(long > 1e-6 ? [[[-away * a, -away * b], [away * a, away * b]]] : []);
    arrow.set([[[0, 0], w]]);
    for (const handle of [tip, place]) handle.set([w]);
    trail.set(path.length ? path : [w]);
    marks.set(path);
    angle.value = (Math.atan2(b, a) * 180) / Math.PI;
    length.value = long;
    text.textContent = `squared error ${e.toFixed(3)}; the least of all: ${least.toFixed(3)}`;
    where.textContent = `w = (${a.toFixed(2)}, ${b.toFixed(2)}), length ${long.toFixed(2)}`;
    meets.textContent = unit ? "projected at right angles" : "no right angles: length isn't 1";
    walked.textContent = path.length ? `${path.length - 1} steps downhill` : "";
    host.state = { w: [a, b], error: e, gradient: slope(w), x_hat, steps: Math.max(0, path.length - 1), path, unit };
    say([text, where, meets, walked].map((each) => each.textContent).filter(Boolean).join("; "));
  });
  const halt = () => { clearInterval(timer); timer = 0; go.textContent = "descend"; };
  const put = (a, b) => {
    const long = Math.hypot(a, b);
    halt();
    path = [];
    w = keep.value === "free" || !long ? [a, b] : [a / long, b / long];
    update();
  };
  const stride = () => {
    const g = slope(w);
    if (!path.length) path = [w];
    w = w.map((v, k) => v - rate * g[k]);
    path = [...path, w];
    update();
  };
  const descend = () => {
    if (timer) return halt();
    go.textContent = "stop";
    timer = setInterval(() => {
      stride();
      if (!host.isConnected || path.length > 200 || Math.hypot(...slope(w)) < 1e-4) halt();
    }, 60);
    return stride();
  };
  const turned = () => {
    const t = (angle.value * Math.PI) / 180, long = keep.value === "free" ? length.value : 1;
    put(Math.cos(t) * long, Math.sin(t) * long);
  };
  const stretched = () => { if (keep.value !== "free") keep.choose("free"); turned(); };
  const keep = choice("length of w", ["1", "free"], () => put(...w));
  const angle = slider("angle of w", [-180, 180, 1, 60], turned, "\u00b0");
  const length = slider("length", [0, edge, 0.01, 1], stretched);
  const moved = (a, b) => put(a, b), at = () => w, size = halved(host, 244);
  const left = plane({ x: [-limit, limit], y: [-limit, limit], names: ["x\u2081", "x\u2082"], size, at, moved,
    label: "points and their projections: drag the arrow w" });
  const surface = plane({ x: [-edge, edge], y: [-edge, edge], names: ["w\u2081", "w\u2082"], size, at, moved,
    label: "the loss over w: drag w" });
  const residuals = left.links([], { "stroke-width": 0.8, "stroke-opacity": 0.6 });
  const line = left.links([], { stroke: "var(--model)", "stroke-opacity": 0.6 });
  const right = left.links([], { "stroke-width": 1.2 });
  left.dots(x, { stroke: "var(--data)", "stroke-width": 6 });
  const projected = left.dots([], { stroke: "var(--model)", "stroke-width": 4, "stroke-linecap": "square" });
  const arrow = left.links([], { stroke: "var(--model)", "stroke-width": 3 });
  const tip = left.dots([], { ...HANDLE, stroke: "var(--model)" });
  surface.backdrop(hills(error, edge, least));
  const around = range(91, 0, 2 * Math.PI), ring = { "stroke-dasharray": "3 4", "stroke-width": 1, stroke: "#000" };
  surface.curve(around.map((t) => [Math.cos(t), Math.sin(t)]), ring);
  const named = { u, "\u2212u": [-u[0], -u[1]], v: [-u[1], u[0]], "\u2212v": [u[1], -u[0]] };
  for (const [name, spot] of Object.entries(named)) surface.write(name).set(spot.map((v) => 1.2 * v));
  const trail = surface.curve([w], { stroke: "var(--data)" });
  const marks = surface.dots([], { stroke: "var(--data)" });
  const place = surface.dots([], { ...HANDLE, stroke: "var(--model)" });
  const go = make("button", { textContent: "descend", onclick: descend });
  const one = make("button", { textContent: "one step", onclick() { halt(); stride(); } });
  const top = make("button", { textContent: "start beside the top",
    onclick() { keep.choose("free"); put(...start); } });
  const [text, where, meets, walked] = [1, 2, 3, 4].map(() => make("output"));
  left.node.style.margin = surface.node.style.margin = "0";
  const buttons = column(make("div", {}, go, " ", one), make("div", {}, top));
  const hands = [keep.node, angle.node, length.node, buttons, text, where, meets, walked];
  root.append(row(left.node, surface.node, column(...hands)));
  for (const each of [angle, length]) each.node.style.gridTemplateColumns = "5.5em 8em 3.5em";
  update();
}

/** The loss over the plane of w in grey steps, dark where it is high, from the least value up, logarithmic. */
function hills(error, edge, least, side = 140) {
  const canvas = make("canvas", { width: side, height: side }), context = canvas.getContext("2d");
  const height = (a, b) => Math.log(error(a, b) / least) / Math.log(error(edge, edge) / least);
  for (let i = 0; i < side * side; i++) {
    const a = ((2 * (i % side) + 1) / side - 1) * edge, b = (1 - (2 * Math.floor(i / side) + 1) / side) * edge;
    context.fillStyle = `hsl(0 0% ${97 - 5.5 * Math.round(16 * clip(height(a, b)))}%)`;
    context.fillRect(i % side, Math.floor(i / side), 1, 1);
  }
  return canvas;
}

KINDS.turn = turn;
