"use strict";
// Everything can be read without this. It filters, and counts what the filters leave.
(() => {
  const form = document.getElementById("filters");
  const cube = JSON.parse(document.getElementById("cube").textContent);
  const cases = [...document.querySelectorAll(".case")].map((element) => ({
    element,
    ...element.dataset,
    clients: element.dataset.clients.split(" ").map(Number),
  }));
  const sections = [...document.querySelectorAll("section.file")];
  const signs = ["good", "bad", "lack", "aside"];

  // takes tells whether the clients of a case are those asked for. A client
  // with itself is one that plays alone.
  const takes = (f, clients) =>
    (f.a === "" || clients.includes(Number(f.a))) &&
    (f.b === "" || clients.includes(Number(f.b))) &&
    (f.a === "" || f.a !== f.b || clients.length === 1);

  const fits = (f, file, suite, framing, clients) =>
    (f.file === "" || f.file === String(file)) &&
    (f.suite === "" || f.suite === String(suite)) &&
    (f.framing === "" || f.framing === framing) &&
    takes(f, clients);

  const add = (sums, key, counts) => {
    const sum = sums.get(key) ?? [0, 0, 0, 0];
    sums.set(key, sum.map((n, i) => n + counts[i]));
  };

  const fill = (cell, sum = [0, 0, 0, 0]) => {
    const [good, bad, lack, aside] = sum;
    const empty = good + bad + lack + aside === 0;
    cell.className = empty ? "" : bad && good ? "mixed-cell" : bad ? "bad-cell" : good ? "good-cell" : "lack-cell";
    signs.forEach((sign, i) => {
      const n = cell.querySelector("." + sign);
      n.hidden = sum[i] === 0;
      n.querySelector("b").textContent = sum[i];
    });
    cell.querySelector(".none").hidden = !empty;
  };

  const count = (f) => {
    const sums = new Map();
    for (const [file, suite, framing, clients, ...counts] of cube) {
      if (!fits(f, file, suite, framing, clients)) continue;
      add(sums, "all", counts);
      add(sums, `file ${file} `, counts);
      add(sums, `file ${file} ${suite}`, counts);
      if (clients.length === 1) add(sums, `pair ${clients[0]} ${clients[0]}`, counts);
      for (const a of clients) for (const b of clients) if (a !== b) add(sums, `pair ${a} ${b}`, counts);
    }
    return sums;
  };

  const apply = () => {
    const f = Object.fromEntries(new FormData(form));
    const sums = count(f);
    for (const cell of document.querySelectorAll("#pairs td[data-a]")) fill(cell, sums.get(`pair ${cell.dataset.a} ${cell.dataset.b}`));
    for (const cell of document.querySelectorAll("#files td[data-file]")) fill(cell, sums.get(`file ${cell.dataset.file} ${cell.dataset.suite}`));

    const text = f.text.trim().toLowerCase();
    let shown = 0;
    for (const c of cases) {
      const visible = fits(f, c.file, c.suite, c.framing, c.clients) && (f.outcome === "" || f.outcome === c.outcome) &&
        (text === "" || c.element.textContent.toLowerCase().includes(text));
      c.element.hidden = !visible;
      if (visible) shown++;
    }
    for (const section of sections) {
      const n = section.querySelectorAll(".case:not([hidden])").length;
      section.hidden = n === 0;
      section.querySelector("small").textContent = n;
    }
    const [good, bad, lack, aside] = sums.get("all") ?? [0, 0, 0, 0];
    document.getElementById("shown").textContent =
      `${good + bad + lack + aside} cases: ${good} passed, ${bad} failed or disagree, ${lack} unsupported, ${aside} known or skipped. ${shown} listed below.`;
  };

  // choose sets some filters, and goes to the cases they leave.
  const choose = (values) => {
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    apply();
    document.getElementById("cases").scrollIntoView();
    document.getElementById("cases").focus({ preventScroll: true });
  };

  for (const cell of document.querySelectorAll(".matrix td[class]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...cell.childNodes);
    const { a, b, file, suite } = cell.dataset;
    button.addEventListener("click", () => choose(a === undefined ? { file, suite } : { a, b }));
    cell.append(button);
  }
  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target?.matches(".case")) target.open = true;
  };

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  addEventListener("hashchange", open);
  open();
  apply();
})();
