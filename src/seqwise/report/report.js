"use strict";
// The page is whole without this script; it adds the theme button, the filters and sorting, and opens folds for paper.
(function () {
  const root = document.documentElement;
  const KEY = "seqwise-theme";

  // A page opened from a file may be denied any storage.
  function remembered() {
    try { return localStorage.getItem(KEY); } catch (_) { return null; }
  }
  function remember(theme) {
    try { localStorage.setItem(KEY, theme); } catch (_) { /* the choice holds until the page is closed */ }
  }

  function theme() {
    const button = document.getElementById("theme");
    const chosen = remembered();
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
    button.hidden = false;
    button.addEventListener("click", function () {
      const isDark = root.dataset.theme
        ? root.dataset.theme === "dark"
        : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = isDark ? "light" : "dark";
      remember(root.dataset.theme);
    });
  }

  function filters(table, rows) {
    const form = document.getElementById("filters");
    const shown = document.getElementById("n-shown");
    const fields = Array.from(form.querySelectorAll("[data-filter]"));
    // A text has several labels and errors, with tabs between them.
    const told = (row, field) => row.dataset[field.dataset.filter].split("\t").filter(Boolean);
    for (const select of form.querySelectorAll("select")) {
      const values = new Set(rows.flatMap((row) => told(row, select)));
      for (const value of Array.from(values).sort()) select.add(new Option(value, value));
    }
    // Names of marks stand inside a text, so it is also told whole.
    const whole = (row) => (row.dataset.text ?? row.textContent).normalize("NFC").toLowerCase();
    const texts = new Map(rows.map((row) => [row, whole(row)]));
    function matches(row, field) {
      if (field.value === "") return true;
      if (field.dataset.filter === "text") return texts.get(row).includes(field.value.normalize("NFC").toLowerCase());
      return told(row, field).includes(field.value);
    }
    function apply() {
      let n = 0;
      for (const row of rows) {
        row.hidden = !fields.every((field) => matches(row, field));
        n += row.hidden ? 0 : 1;
      }
      shown.textContent = String(n);
    }
    form.addEventListener("input", apply);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.hidden = false;
    apply(); // a browser may bring back what was typed before a reload
  }

  function sorting(table, rows) {
    const headings = Array.from(table.tHead.rows[0].cells);
    const body = table.tBodies[0];
    headings.forEach(function (heading, column) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      button.title = heading.dataset.sortLabel + ": " + heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener("click", function () {
        const isUp = heading.getAttribute("aria-sort") !== "ascending";
        for (const other of headings) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", isUp ? "ascending" : "descending");
        const key = (row) => row.cells[column].textContent.trim();
        const order = new Intl.Collator(root.lang, { numeric: true }).compare;
        rows.sort((a, b) => (isUp ? 1 : -1) * order(key(a), key(b)));
        body.append(...rows);
      });
    });
  }

  theme();
  const table = document.getElementById("worst-rows");
  if (table) {
    const rows = Array.from(table.tBodies[0].rows);
    filters(table, rows);
    sorting(table, rows);
  }
  addEventListener("beforeprint", function () {
    for (const fold of document.querySelectorAll("details.print")) fold.open = true;
  });
})();
