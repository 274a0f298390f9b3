"use strict";
// The list is complete without this: it hides rows, sorts them, and keeps what is chosen in the
// fragment of the address. It reads attributes and text, and writes text alone.
(() => {
  const form = document.getElementById("filters");
  const table = document.getElementById("incidents");
  const shown = document.getElementById("shown");
  const body = table.tBodies[0];
  const any = "*";
  const day = /^\d{4}-\d\d-\d\d$/;
  const rows = [...body.rows].map((row, place) => ({
    row,
    place,
    data: row.dataset,
    services: JSON.parse(row.dataset.services),
    title: row.querySelector("th").textContent,
    said: `${row.textContent} ${row.id}`.toLowerCase(),
  }));
  const number = new Intl.NumberFormat("en");
  const words = new Intl.Collator("en", {numeric: true}).compare;
  let sort = "";

  const offer = (name, first, values, named = (value) => value) => {
    const counts = new Map();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    const sorted = [...counts.keys()].sort(words);
    form[name].append(new Option("all", any), ...first);
    for (const value of sorted) {
      form[name].append(new Option(`${named(value)} (${number.format(counts.get(value))})`, value));
    }
  };

  const fits = (one, asked) =>
    asked.words.every((word) => one.said.includes(word)) &&
    (asked.state === any || one.data.state === asked.state ||
      (asked.state === "open" && one.data.open)) &&
    (asked.severity === any || one.data.severity === asked.severity) &&
    (asked.service === any || one.services.includes(asked.service)) &&
    (!asked.from || one.data.at.slice(0, 10) >= asked.from) &&
    (!asked.to || (one.data.at && one.data.at.slice(0, 10) <= asked.to));

  const filter = () => {
    const asked = {
      words: form.q.value.toLowerCase().split(/\s+/).filter(Boolean),
      state: form.state.value,
      severity: form.severity.value,
      service: form.service.value,
      from: form.from.value,
      to: form.to.value,
    };
    let count = 0;
    for (const one of rows) {
      const is = Boolean(fits(one, asked));
      if (one.row.hidden === is) one.row.hidden = !is;
      count += is;
    }
    shown.textContent = `${number.format(count)} of ${number.format(rows.length)} shown`;
  };

  const keys = {
    at: (one) => one.data.at || undefined,
    title: (one) => one.title,
    severity: (one) => one.data.severity || undefined,
    state: (one) => one.data.state,
    mitigate: (one) => one.data.mitigate && Number(one.data.mitigate),
    resolve: (one) => one.data.resolve && Number(one.data.resolve),
  };
  const compared = (a, b) => (typeof a === "number" ? a - b : words(a, b));

  const order = () => {
    const down = sort.startsWith("-");
    const key = keys[sort.replace("-", "")];
    const keyed = rows.map((one) => ({one, key: key?.(one)}));
    keyed.sort((a, b) => {
      // What is not recorded comes last, whichever way.
      if (a.key === undefined || b.key === undefined) {
        return (a.key === undefined) - (b.key === undefined) || a.one.place - b.one.place;
      }
      return (down ? compared(b.key, a.key) : compared(a.key, b.key)) || a.one.place - b.one.place;
    });
    body.append(...keyed.map(({one}) => one.row));
    for (const head of table.tHead.querySelectorAll("[data-sort]")) {
      const is = sort.replace("-", "") === head.dataset.sort;
      if (is) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  };

  const fields = ["q", "state", "severity", "service", "from", "to"];
  const plain = (name) => form[name].tagName === "SELECT" ? any : "";

  const keep = () => {
    const said = new URLSearchParams();
    for (const name of fields) {
      if (form[name].value !== plain(name)) said.set(name, form[name].value);
    }
    if (sort) said.set("sort", sort);
    const fragment = said.toString();
    history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname + location.search);
  };

  const recall = () => {
    const fragment = location.hash.slice(1);
    // Any other is the name of a part of the page.
    if (!fragment.includes("=")) return;
    const said = new URLSearchParams(fragment);
    for (const name of fields) {
      const value = said.get(name) ?? plain(name);
      form[name].value = form[name].type === "date" && !day.test(value) ? "" : value;
      if (form[name].selectedIndex === -1) form[name].value = any;
    }
    const wanted = said.get("sort") ?? "";
    sort = Object.hasOwn(keys, wanted.replace("-", "")) ? wanted : "";
  };

  const state = rows.some((one) => one.data.open)
    ? [new Option(`open (${number.format(rows.filter((one) => one.data.open).length)})`, "open")]
    : [];
  offer("state", state, rows.map((one) => one.data.state));
  offer("severity", [], rows.map((one) => one.data.severity), (value) => value || "not recorded");
  offer("service", [], rows.flatMap((one) => one.services));
  for (const head of table.tHead.querySelectorAll("[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const name = head.dataset.sort;
      sort = sort === name ? `-${name}` : sort === `-${name}` ? "" : name;
      order();
      keep();
    });
  }
  table.tHead.classList.add("sorts");
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { filter(); keep(); });
  form.addEventListener("reset", () => setTimeout(() => { filter(); keep(); }));
  addEventListener("hashchange", () => { recall(); filter(); order(); });
  recall();
  filter();
  if (sort) order();
})();
