// The engine: fully connected networks, the numbers that pack.py wrote, a seeded generator.

function bytes(text) {
  const characters = atob(text), out = new Uint8Array(characters.length);
  for (let i = 0; i < out.length; i++) out[i] = characters.charCodeAt(i);
  return out;
}

// erf by Abramowitz & Stegun 7.1.26, wrong by at most 1.5e-7
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - p * Math.exp(-x * x));
}

const ACTIVATIONS = {
  linear: (v) => v,
  relu: (v) => Math.max(0, v),
  tanh: Math.tanh,
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
  gelu: (v) => 0.5 * v * (1 + erf(v * Math.SQRT1_2)),
};

/** What live.py's pack() made: layers [inputs, outputs, activation], and one text with scales, biases, int8 weights. */
function unpack({ layers, data }) {
  const raw = bytes(data);
  let at = 0;
  const take = (n) => raw.slice(at, (at += n)).buffer;
  return layers.map(([inputs, outputs, activation]) => {
    const scale = new Float32Array(take(4 * outputs)), bias = new Float32Array(take(4 * outputs));
    const whole = new Int8Array(take(inputs * outputs)), weight = new Float32Array(whole.length);
    for (let o = 0, k = 0; o < outputs; o++) for (let i = 0; i < inputs; i++, k++) weight[k] = whole[k] * scale[o];
    return { inputs, outputs, activation: ACTIVATIONS[activation], bias, weight, y: new Float32Array(outputs) };
  });
}

/** The network's answer to one input. The array is used again by the next call: copy what you want to keep. */
function forward(net, input) {
  let x = Float32Array.from(input);  // one kind of array, or the loop below is three times slower
  for (const { inputs, outputs, activation, bias, weight, y } of net) {
    for (let o = 0, k = 0; o < outputs; o++) {
      let sum = bias[o];
      for (let i = 0; i < inputs; i++) sum += weight[k++] * x[i];
      y[o] = activation(sum);
    }
    x = y;
  }
  return x;
}

/** Numbers that live.py's grid() stored in a byte each: evenly spaced from low to high. */
const numbers = ({ low, high, data }) => Float32Array.from(bytes(data), (v) => low + (v / 255) * (high - low));

/** Numbers that pack.py's floats() stored exactly. */
const floats = (text) => new Float32Array(bytes(text).buffer);

const squaredError = (a, b) => a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0);

/** A seeded generator of numbers from 0 to 1 (mulberry32), and one of normal numbers (Box & Muller). */
function uniforms(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function normals(seed) {
  const uniform = uniforms(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
