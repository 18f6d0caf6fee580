// Recurrent encoder-decoders for symbols: one vector, or attention to all states of the reader (models/recurrent.py).

const END = 12, START = 11, SYMBOLS = 13;

/** W x + b in double precision, for a layer of `unpack`. */
function affine({ inputs, outputs, bias, weight }, x) {
  const y = new Float64Array(outputs);
  for (let o = 0, k = 0; o < outputs; o++) {
    let sum = bias[o];
    for (let i = 0; i < inputs; i++) sum += weight[k++] * x[i];
    y[o] = sum;
  }
  return y;
}

function softmax(scores) {
  const most = Math.max(...scores), powers = scores.map((v) => Math.exp(v - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((v) => v / sum);
}

/** The network that widgets/looking.py packed: `read` digits into states, `write` from them, free-running. */
function encoderDecoder(packed) {
  const [embed, readX, readH, writeX, writeH, out, query] = unpack(packed), hidden = embed.inputs;
  const symbol = (s) => Float64Array.from(embed.weight.subarray(s * hidden, (s + 1) * hidden));
  const sigmoid = ACTIVATIONS.sigmoid;
  const gru = (forX, forH) => {
    const given = Array.from({ length: SYMBOLS }, (_, s) => affine(forX, symbol(s)));  // 13 symbols: computed once
    return (s, h) => {
      const x = given[s], own = affine(forH, h);
      const next = new Float64Array(hidden);
      for (let i = 0, j = hidden, k = 2 * hidden; i < hidden; i++, j++, k++) {
        const r = sigmoid(x[i] + own[i]), u = sigmoid(x[j] + own[j]);
        next[i] = (1 - u) * Math.tanh(x[k] + r * own[k]) + u * h[i];
      }
      return next;
    };
  };
  const reader = gru(readX, readH), writer = gru(writeX, writeH);
  const look = (states, h) => {
    const q = affine(query, h);
    return softmax(states.map((key) => {
      let sum = 0;
      for (let i = 0; i < hidden; i++) sum += q[i] * key[i];
      return sum / Math.sqrt(hidden);
    }));
  };
  const beside = (h, weights, states) => {  // the state, then the mean of the reader's states
    const both = new Float64Array(2 * hidden);
    both.set(h);
    weights.forEach((w, t) => { for (let i = 0; i < hidden; i++) both[hidden + i] += w * states[t][i]; });
    return both;
  };
  return {
    /** The state after each digit and after END; the last one is z. */
    read(digits) {
      let h = new Float64Array(hidden);
      return [...digits, END].map((s) => (h = reader(s, h)));
    },
    /** What it writes on its own symbols, at most `limit` of them; where it looks, and the logits, for each. */
    write(states, limit) {
      let h = states.at(-1), s = START;
      const wrote = [], looks = [], logits = [];
      while (wrote.length < limit && s !== END) {
        h = writer(s, h);
        let seen = h;
        if (query) {
          looks.push(look(states, h));
          seen = beside(h, looks.at(-1), states);
        }
        logits.push(Array.from(affine(out, seen)));
        s = logits.at(-1).indexOf(Math.max(...logits.at(-1)));
        wrote.push(s);
      }
      return { wrote, looks, logits };
    },
  };
}
