// Small comforts on pages that work without this file: keys in the timeline, a filter as one
// types, the value under the pointer on a curve. No state, no request.
"use strict";
(() => {
  // j and k walk the timeline, Enter opens, / goes to the search.
  const links = [...document.querySelectorAll("[data-timeline] .doc-link")];
  const typing = (e) => e.target.closest("input, textarea, select, [contenteditable]") || e.ctrlKey || e.metaKey || e.altKey;
  let at = links.findIndex((l) => l.hasAttribute("aria-current"));
  document.addEventListener("keydown", (e) => {
    if (typing(e)) return;
    if (e.key === "/") {
      const box = document.querySelector("#q, #naissance");
      if (box) { e.preventDefault(); box.focus(); }
      return;
    }
    if (!links.length || (e.key !== "j" && e.key !== "k")) return;
    at = e.key === "j" ? Math.min(at + 1, links.length - 1) : Math.max(at - 1, 0);
    links[at].focus();
    links[at].scrollIntoView({ block: "nearest" });
  });

  // The open document's line is in sight in its list.
  const open = document.querySelector(".doc.is-open");
  const pane = open && open.closest(".desk-list");
  if (pane && open.offsetTop + open.offsetHeight > pane.clientHeight) pane.scrollTop = open.offsetTop - pane.clientHeight / 3;

  // Lists that may be filtered as one types.
  const plain = (s) => s.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  for (const list of document.querySelectorAll("[data-filter]")) {
    if (list.children.length < 8) continue;
    const box = document.createElement("input");
    box.type = "search";
    box.className = "live-filter";
    box.setAttribute("aria-label", list.dataset.filter);
    box.placeholder = list.dataset.filter;
    const rows = [...list.children].map((li) => [li, plain(li.textContent)]);
    box.addEventListener("input", () => {
      const words = plain(box.value).split(/\s+/).filter(Boolean);
      for (const [li, text] of rows) li.hidden = !words.every((w) => text.includes(w));
    });
    list.before(box);
  }

  // Curves: the nearest point says its value and day.
  for (const chart of document.querySelectorAll("svg[data-chart]")) {
    const points = [...chart.querySelectorAll("[data-point]")].map((a) => ({ a, x: +a.querySelector(".pt").getAttribute("cx"), y: +a.querySelector(".pt").getAttribute("cy") }));
    if (!points.length) continue;
    const ns = "http://www.w3.org/2000/svg";
    const tip = document.createElementNS(ns, "g");
    tip.setAttribute("class", "tip");
    const line = document.createElementNS(ns, "line");
    const text = document.createElementNS(ns, "text");
    tip.append(line, text);
    chart.append(tip);
    chart.addEventListener("pointermove", (e) => {
      const box = chart.getBoundingClientRect();
      const x = ((e.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
      const near = points.reduce((a, b) => (Math.abs(b.x - x) < Math.abs(a.x - x) ? b : a));
      line.setAttribute("x1", near.x); line.setAttribute("x2", near.x);
      const [top, bottom] = chart.dataset.chart.split(" ");
      line.setAttribute("y1", top); line.setAttribute("y2", bottom);
      text.textContent = near.a.dataset.point + " · " + near.a.dataset.when;
      text.setAttribute("y", 18);
      text.setAttribute("x", Math.min(Math.max(near.x, 110), chart.viewBox.baseVal.width - 110));
      text.setAttribute("text-anchor", "middle");
      tip.classList.add("on");
    });
    chart.addEventListener("pointerleave", () => tip.classList.remove("on"));
  }

  // A sheet made to be printed.
  for (const b of document.querySelectorAll("[data-print]")) {
    b.hidden = false;
    b.addEventListener("click", () => print());
  }

  // A menu closes when one clicks elsewhere or presses Escape.
  for (const menu of document.querySelectorAll("details.who")) {
    document.addEventListener("click", (e) => { if (!menu.contains(e.target)) menu.open = false; });
    menu.addEventListener("keydown", (e) => { if (e.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); } });
  }
})();
