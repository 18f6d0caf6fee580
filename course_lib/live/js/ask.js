// The card on which a reader answers: a prediction (choice or number), then what came; or a quiz, with reasons.
// Answers stay in this browser, by lesson and cell. Nothing is sent anywhere.

const LETTERS = "ABCD";
const CARD = `
.card { border-left: 3px solid var(--data); padding: 2px 0 2px 12px; margin: 4px 2px; max-width: 46em;
  font-size: 15px; }
.card section + section { margin-top: 14px; }
.card p { margin: 4px 0; }
.card .head { margin: 0 0 2px; font-size: 13px; font-weight: 600; opacity: .85; }
.card code { font-size: 13px; }
.choices { display: flex; flex-direction: column; gap: 4px; margin: 6px 0; }
.choices button { display: grid; grid-template-columns: 1.4em 1fr auto; gap: 8px; text-align: left;
  align-items: baseline; padding: 5px 10px; min-height: 34px; border: 1px solid var(--line); border-radius: 6px;
  background: transparent; color: inherit; cursor: pointer; }
.choices button:hover:not([aria-disabled=true]) { border-color: currentColor; }
.choices button[aria-disabled=true] { cursor: default; }
.choices button[aria-pressed=true] { border: 2px solid currentColor; padding: 4px 9px; }
.choices button.right { border-color: var(--code); box-shadow: inset 4px 0 0 var(--code); }
.choices b { font-weight: 600; }
.choices i { font-size: 13px; }
.number { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin: 6px 0; }
.number input { font: inherit; width: 8em; min-height: 30px; color: inherit; background: transparent;
  border: 1px solid var(--line); border-radius: 6px; padding: 2px 8px; }
.card .plain { color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 6px;
  padding: 2px 12px; min-height: 32px; cursor: pointer; }
.said { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; }
.card { --line: color-mix(in srgb, currentColor 55%, transparent); }
`;

/** What questions.py sealed. */
function unseal(text, key) {
  const raw = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const mask = new TextEncoder().encode(key);
  for (let i = 0; i < raw.length; i++) raw[i] ^= mask[i % mask.length] ^ ((31 * i) & 255);
  return JSON.parse(new TextDecoder().decode(raw));
}

/** A text with `code` between backticks. */
const marked = (text) => text.split("`").map((part, i) => (i % 2 ? make("code", { textContent: part }) : part));

/** The reader's answers of one card: kept by the browser, or, where it keeps nothing, as long as this page lasts. */
function answers(config) {
  const name = `autoencoder-course:${config.lesson}:${config.cell}`;
  const page = (globalThis.autoencoderCourse ??= new Map());
  const sound = (it, question) => {
    if (!it || typeof it !== "object") return false;
    if (!question.choices) return Number.isFinite(it.said);
    return question.choices.includes(it.text) && question.choices[LETTERS.indexOf(it.said)] === it.text;
  };
  let found = page.get(name), keeps = true;
  try {
    found = JSON.parse(localStorage.getItem(name)) ?? found;
  } catch (error) {
    keeps = error instanceof SyntaxError;  // what stands there can't be read: the next answer replaces it
  }
  const all = config.questions.map((question, i) => (sound(found?.[i], question) ? found[i] : null));
  const keep = () => {
    page.set(name, all);
    try { localStorage.setItem(name, JSON.stringify(all)); keeps = true; } catch { keeps = false; }
  };
  return { all, keep, keeps: () => keeps };
}

KINDS.ask = (root, config, say, host) => {
  const deck = host.closest(".reveal");  // it goes on by itself
  const then = deck ? "." : ". Now run the code below, or open what came there.";
  const mine = answers(config), card = make("div", { className: "card" });
  const note = make("p", { attrs: { role: "note" } });
  const several = config.questions.length > 1;
  const head = (i) => (config.quiz ? `Question ${i + 1}` : `Your prediction${several ? `, ${i + 1}` : ""}`);
  const button = (text, onclick) => make("button", { type: "button", className: "plain", textContent: text, onclick });

  function block(question, i) {
    const section = make("section", { attrs: { role: "group", "aria-label": `${head(i)}: ${question.ask}` } });
    const open = () => unseal(question.sealed, `${config.cell}/${i}`);
    const focus = (what) => section.querySelector(what)?.focus();
    const record = (said, text = "") => {
      mine.all[i] = { said, text, seen: config.quiz };
      mine.keep();
      draw();
      focus(config.quiz ? ".again" : ".came");
    };

    function verdict({ said }) {
      const answer = open();
      if (config.quiz) {
        const own = answer.why[LETTERS.indexOf(said)], right = answer.why[LETTERS.indexOf(answer.right)];
        if (said === answer.right) return `${said} is right. ${own}`;
        return `Not ${said}: ${own} It is ${answer.right}. ${right}`;
      }
      const unit = question.unit ? ` ${question.unit}` : "";
      if (question.choices) {
        const came = said === answer.right ? ", and so it came out" : `; it came out ${answer.right}`;
        return `You said ${said}${came}. ${answer.came}`;
      }
      const near = answer.factor
        ? said * answer.right > 0 && Math.abs(Math.log(said / answer.right)) <= Math.log(answer.factor) + 1e-9
        : Math.abs(said - answer.right) <= answer.near + 1e-9;
      const far = near ? "near" : "not near";
      return `You said ${said}${unit}; it came out ${answer.right}${unit}: ${far}. ${answer.came}`;
    }

    function choices(done) {
      const right = done?.seen ? open().right : "";
      return make("div", { className: "choices" }, ...question.choices.map((text, k) => {
        const letter = LETTERS[k], own = done?.said === letter;
        const came = right === letter && (config.quiz ? "right" : "what came");
        const marks = [own && "you", came].filter(Boolean).join(", ");
        return make("button", {
          type: "button", className: right === letter ? "right" : "", onclick: () => done || record(letter, text),
          attrs: { "aria-pressed": own, "aria-disabled": Boolean(done) },
        }, make("b", { textContent: letter }), make("span", {}, ...marked(text)), make("i", { textContent: marks }));
      }));
    }

    function number(done) {
      const field = make("input", {
        type: "number", value: done ? done.said : "", disabled: Boolean(done),
        attrs: { step: "any", inputmode: "decimal", "aria-label": `${question.ask} ${question.unit}` },
      });
      const send = () => (Number.isFinite(field.valueAsNumber) ? record(field.valueAsNumber) : field.focus());
      field.onkeydown = (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();  // else the button that gets the focus hears it as well
        send();
      };
      const guess = done ? [] : [button("This is my guess", send)];
      return make("div", { className: "number" }, field, question.unit, ...guess);
    }

    function draw(aloud = true) {
      const done = mine.all[i], parts = [make("p", { className: "head", textContent: head(i) }), make("p", { className: "asked" }, ...marked(question.ask))];
      parts.push(question.choices ? choices(done) : number(done));
      if (done) {
        const turn = (change, next) => () => { change(); mine.keep(); draw(); focus(next); };
        const again = button("Ask me again", turn(() => { mine.all[i] = null; }, ".choices button, input"));
        const came = button("Compare with what came", turn(() => { done.seen = true; }, ".again"));
        again.classList.add("again");
        came.classList.add("came");
        const said = [done.said, question.unit].filter(String).join(" ");
        const text = done.seen ? verdict(done) : `You said ${said}${then}`;
        const next = make("div", { className: "said" }, ...(done.seen ? [again] : [came, again]));
        parts.push(make("p", {}, ...marked(text)), next);
        if (aloud) say(text);
      }
      section.replaceChildren(...parts);
      note.hidden = mine.keeps();
      note.textContent = note.hidden ? "" : "This browser keeps nothing here: your answers last as long as this page.";
    }

    section.onkeydown = (event) => {  // A to D answer, wherever the focus is inside the question
      const letter = event.key.toUpperCase(), text = question.choices?.[LETTERS.indexOf(letter)];
      const held = event.ctrlKey || event.metaKey || event.altKey;
      if (letter.length === 1 && text !== undefined && !held && !mine.all[i]) record(letter, text);
    };
    draw(false);
    return section;
  }

  card.append(...config.questions.map(block), note);
  root.append(make("style", { textContent: CARD }), card);
};
