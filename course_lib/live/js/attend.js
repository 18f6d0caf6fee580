// -- 08: type a string; one vector and attention turn it round, and one sees where attention looks -------------

const ATTEND = `
.cells { display: flex; flex-wrap: wrap; }
.cells span { width: 1.2em; text-align: center; border-bottom: 3px solid transparent; font-variant-numeric: tabular-nums; }
.cells .wrong { border-color: var(--model); font-weight: 700; }
.cells .now { outline: 1.5px solid currentColor; outline-offset: -1px; }
.cells .sign { width: auto; font-size: max(11px, var(--least, 0px)); padding: 3px 2px 0; }
.answer { min-width: min(372px, 88vw); }
canvas.code { width: 256px; height: 10px; image-rendering: pixelated; border: 1px solid var(--faint); display: block; }
svg.looks { cursor: pointer; touch-action: pan-y; }
input.string { font: inherit; font-size: max(18px, var(--least, 0px)); letter-spacing: 2px; width: 15.5em; max-width: 100%; min-height: 30px; }
@container (max-width: 460px) {
  .row .row { padding: 0; } .answer { min-width: 0; } label.slider { grid-template-columns: 7.5em 1fr 3em; }
  input.string { width: 13em; }
}
`;

function attend(root, { networks, start, longest }, say, host) {
  const nets = networks.map(({ network }) => encoderDecoder(network)), names = networks.map(({ name }) => name);
  const sign = (s) => (s === END ? "END" : s === 10 ? "PAD" : s === START ? "START" : String(s));
  const chance = normals(8), draw = (n) => Math.abs(Math.floor(1e6 * chance())) % n;
  const shuffled = (list) => {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) { const j = draw(i + 1); [out[i], out[j]] = [out[j], out[i]]; }
    return out;
  };
  const answer = (net, digits) => {
    const states = net.read(digits);
    return { z: states.at(-1), ...net.write(states, digits.length + 1) };
  };
  const target = (digits) => [...digits].reverse().concat(END);
  const equal = (a, b) => a.length === b.length && a.every((s, i) => s === b[i]);

  let digits = [...start].map(Number), tried = null, found = null;
  const update = onceAFrame(() => {
    const asked = target(digits);
    found ??= nets.map((net) => answer(net, digits));
    const looks = found[1].looks;
    step.limit(looks.length);
    const now = step.value - 1;
    cells(lines[0], asked, asked, -1);
    found.forEach(({ wrote, z }, i) => {
      cells(lines[i + 1], wrote, asked, i === 1 ? now : -1);
      const right = asked.filter((s, k) => s === wrote[k]).length, whole = equal(wrote, asked);
      lines[i + 1].note.textContent = whole ? "\u2713 exactly right" : `\u2717 ${right} of ${asked.length} symbols right`;
      if (i === 0) strip(code, z);
    });
    map.draw([...digits, END], found[1].wrote, looks, now, asked);
    const most = looks[now].indexOf(Math.max(...looks[now])), share = looks[now][most].toFixed(2);
    const where = `while it writes symbol ${now + 1}, ${sign(found[1].wrote[now])}, `
      + `${share} of its weight is on the state after symbol ${most + 1}, ${sign([...digits, END][most])}`;
    text.textContent = `Attention: ${where}.`;
    result.textContent = tried ? `Of ${tried.of} shuffles exactly right: ${names.map((name, i) =>
      `${name} ${tried.right[i]}`).join(", ")}.` : "";
    map.node.setAttribute("aria-label", `where attention looks, a row for each symbol written: ${where}`);
    say(`Read ${digits.join("")}. ${names.map((name, i) => `${name} writes ${found[i].wrote.map(sign).join(" ")}, `
      + lines[i + 1].note.textContent.slice(2)).join("; ")}. ${text.textContent} ${result.textContent}`);
    host.state = { read: [...digits], wrote: found.map((one) => one.wrote), logits: found.map((one) => one.logits),
      z: found.map((one) => Array.from(one.z)), looks: looks.map((row) => Array.from(row)), step: now, tried };
  });

  const read = (next, typed = false) => {
    digits = next;
    tried = found = null;
    if (!typed) field.value = digits.join("");
    length.value = digits.length;
    update();
  };
  const kinds = { "at random": () => draw(10), "only 2 and 7": () => 2 + 5 * draw(2) };
  const fresh = () => {
    const n = length.value;
    if (kind.value !== "each once") return read(Array.from({ length: n }, kinds[kind.value]));
    read(shuffled([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).slice(0, n));
  };
  const field = make("input", { className: "string", type: "text", inputMode: "numeric", value: start,
    attrs: { autocomplete: "off", spellcheck: "false", "aria-label": `string to read, 1 to ${longest} digits` } });
  field.oninput = () => {
    const typed = field.value.replace(/\D/g, "").slice(0, longest);
    if (typed !== field.value) field.value = typed;
    if (typed) read([...typed].map(Number), true);
  };
  const button = (textContent, onclick) => make("button", { textContent, onclick });
  const length = slider("digits", [2, longest, 1, start.length], () => fresh());
  const kind = choice("kind", ["at random", "each once", "only 2 and 7"], () => fresh());
  const tries = button("try 100 shuffles", () => {
    const all = Array.from({ length: 100 }, () => shuffled(digits));
    tried = { of: 100, right: nets.map((net) => all.filter((one) => equal(answer(net, one).wrote, target(one))).length) };
    update();
  });
  const step = slider("symbol written", [1, longest + 1, 1, 1], update);
  step.limit = (n) => {
    const input = step.node.querySelector("input");
    if (Number(input.max) === n) return;
    const kept = step.value;
    input.max = n;
    step.value = Math.min(kept, n);
  };
  const map = looksMap(longest + 1, sized(host, 330, 262), (i) => { step.value = i + 1; update(); });
  const text = make("output"), result = make("output"), code = make("canvas", { className: "code", width: 64, height: 1 });
  code.setAttribute("role", "img");
  code.setAttribute("aria-label", "z, the 64 numbers that the network with one vector keeps of the string");
  const lines = ["asked for", ...names].map((name) => {
    const list = make("div", { className: "cells" }), note = make("span");
    return { list, note, node: make("div", { className: "answer" }, make("div", {}, make("b", {}, `${name} `), note), list) };
  });
  lines[1].node.append(code, make("figcaption", {}, "z: all that it keeps of the string, 64 numbers from \u22121 (blue) to 1"));
  root.append(make("style", { textContent: ATTEND }), row(
    column(make("label", {}, "string ", field), row(button("shuffle", () => read(shuffled(digits))),
      button("another", fresh), tries), kind.node, length.node, ...lines.map((line) => line.node), result),
    column(map.node, step.node, text)));
  text.style.maxWidth = result.style.maxWidth = "372px";
  update();

  function cells({ list }, wrote, asked, now) {
    const nodes = wrote.map((s, i) => make("span", { textContent: sign(s), className: [s > 9 ? "sign" : "",
      s === asked[i] ? "" : "wrong", i === now ? "now" : ""].join(" ") }));
    list.replaceChildren(...nodes);
  }
}

/** Numbers from -1 to 1 as a strip of colours. */
function strip(canvas, z) {
  const context = canvas.getContext("2d");
  z.forEach((v, i) => {
    context.fillStyle = `rgb(${v > 0 ? "213 94 0" : "0 114 178"} / ${Math.abs(v)})`;
    context.clearRect(i, 0, 1, 1);
    context.fillRect(i, 0, 1, 1);
  });
}

/** A table of weights, a row for each symbol written; above it the chosen row as bars. Pointing at it chooses a row. */
function looksMap(most, size, chosen) {
  const high = size / 5.5, left = 44, svg = shape("svg", { viewBox: `${-left} ${-high - 20} ${size + left + 6} ${size + high + 54}`,
    width: size + left + 6, role: "img", class: "looks" });
  const words = (...at) => svg.appendChild(shape("text", { "text-anchor": at[2], x: at[0], y: at[1] }, at[3]));
  words(size, -high - 8, "end", "the chosen row as bars");
  words(0, size + 2, "start", "read \u2192").setAttribute("dy", "2.1em");
  words(-left + 2, -high - 8, "start", "written \u2193");
  const marks = shape("g"), squares = shape("g");
  const ring = shape("rect", { fill: "none", stroke: "var(--model)", "stroke-width": 2 });
  const bars = shape("path", { fill: "var(--code)" }), frame = shape("path", { stroke: "currentColor", "stroke-opacity": 0.4,
    fill: "none" });
  svg.append(squares, marks, bars, frame, ring);
  let rows = 1, n = 1, shown = "";
  const point = (event) => {
    const box = svg.getBoundingClientRect(), k = (size + left + 6) / box.width;
    const v = (event.clientY - box.top) * k - high - 20;
    chosen(Math.floor(clip(v / (size / n), 0, rows - 1)));
  };
  svg.onpointerdown = (event) => { event.preventDefault(); svg.setPointerCapture(event.pointerId); point(event); };
  svg.onpointermove = (event) => { if (event.buttons) point(event); };
  return {
    node: svg,
    draw(read, wrote, looks, now, asked) {
      n = read.length;
      rows = looks.length;
      const a = size / n, name = (s) => (s === END ? "END" : String(s)), small = n > 14 ? 10 : 12;
      if (shown !== (shown = `${n} ${rows}`)) squares.replaceChildren(...looks.flatMap((row, v) => row.map((_, h) =>
        shape("rect", { x: h * a, y: v * a, width: a, height: a, fill: "currentColor" }))));
      looks.flat().forEach((weight, i) => squares.children[i].setAttribute("fill-opacity", weight.toFixed(3)));
      const label = (x, y, anchor, s, wrong) => shape("text", { x, y, dy: anchor === "end" ? 0 : "1em", "text-anchor": anchor,
        style: `font-size:max(${s > 9 ? 10 : small}px, var(--least, 0px));${wrong ? "font-weight:700;text-decoration:underline" : ""}` }, name(s));
      marks.replaceChildren(...read.map((s, h) => (s > 9 ? label(h * a + 2, size + 2, "start", s) : label((h + 0.5) * a, size + 2, "middle", s))),
        ...wrote.map((s, v) => label(-6, (v + 0.5) * a + 4, "end", s, s !== asked[v])));
      bars.setAttribute("d", looks[now].map((w, h) => `M${(h + 0.15) * a} -3v${-w * (high - 6)}h${0.7 * a}V-3z`).join(""));
      frame.setAttribute("d", `M0 0H${size}V${rows * a}H0zM0 -3H${size}`);
      for (const [key, value] of Object.entries({ x: 0, y: now * a, width: size, height: a })) ring.setAttribute(key, value);
    },
  };
}

KINDS.attend = attend;
