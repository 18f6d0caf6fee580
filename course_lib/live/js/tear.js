// -- 02: a circle coded by one number, and where the code tears ------------------------------------------------

function tear(root, { encoder, decoder }, say) {
  const f = unpack(encoder), g = unpack(decoder), degrees = (t) => (t * 180) / Math.PI;
  const point = (t) => [Math.sin(t), Math.cos(t)], code = (t) => forward(f, point(t))[0];
  const decode = (z) => Array.from(forward(g, [z])), angles = range(721, -Math.PI, Math.PI), codes = angles.map(code);
  const errors = angles.map((t, i) => squaredError(point(t), decode(codes[i])));
  const low = Math.min(...codes), high = Math.max(...codes), worst = Math.max(...errors);
  const torn = angles[errors.indexOf(worst)], average = errors.reduce((a, b) => a + b) / errors.length;
  const update = onceAFrame(() => {
    const [t, x] = here(), z = code(t), x_hat = decode(z);
    handle.set([x]);
    answer.set([x_hat]);
    link.set([[x, x_hat]]);
    dot.set([[t, z]]);
    text.textContent = `z = ${z.toFixed(2)}, squared error ${squaredError(x, x_hat).toFixed(3)} `
      + `(mean ${average.toFixed(3)}, worst ${worst.toFixed(2)})`;
    say(text.textContent);
  });
  const angle = slider("angle t", [-180, 180, 1, 20], update, "\u00b0"), text = make("output");
  const here = () => [(angle.value * Math.PI) / 180, point((angle.value * Math.PI) / 180)];
  const go = (t) => { angle.value = degrees(t); update(); };
  const left = plane({ x: [-1.4, 1.4], y: [-1.4, 1.4], names: ["x\u2081", "x\u2082"], at: () => here()[1],
    label: "the circle and the decoder's curve: drag the point", moved: (a, b) => go(Math.atan2(a, b)) });
  left.curve(angles.map(point), { stroke: "var(--data)", "stroke-width": 6, "stroke-opacity": 0.35 });
  left.curve(range(300, low, high).map(decode), { stroke: "var(--model)" });
  const link = left.links([], { "stroke-dasharray": "4 3" });
  const answer = left.dots([], { ...HANDLE, stroke: "var(--model)", "stroke-linecap": "square", "stroke-width": 11 });
  const handle = left.dots([], { ...HANDLE, stroke: "var(--data)" });
  const right = plane({ x: [-Math.PI, Math.PI], y: [low, high], names: ["angle t", "z"], moved: go,
    label: "the code of every angle: drag the angle", at: () => [here()[0], 0] });
  right.links([[[torn, low], [torn, high]]], { "stroke-dasharray": "2 4" });
  right.curve(angles.map((t, i) => [t, codes[i]]), { stroke: "var(--code)" });
  const dot = right.dots([], { ...HANDLE, stroke: "var(--data)" });
  const jump = make("button", { textContent: "go to the tear", onclick: () => go(torn) });
  root.append(row(left.node, right.node), column(angle.node, text, make("div", {}, jump)));
  update();
}

KINDS.tear = tear;
