// Keys of the mail, on pages that work without this file: j and k walk, r answers, e archives,
// / searches (app.js), c writes, u goes back, ? shows them. No state, no request of its own.
"use strict";
(() => {
  const busy = (e) => e.target.closest("input, textarea, select, [contenteditable]") || e.ctrlKey || e.metaKey || e.altKey;
  const links = [...document.querySelectorAll(".mail-list .mail-link, .thread > .msg:not(.is-open) summary")];
  let at = -1;
  document.addEventListener("keydown", (e) => {
    if (busy(e)) return;
    if ((e.key === "j" || e.key === "k") && links.length) {
      const here = links.indexOf(document.activeElement);
      at = here >= 0 ? here : at;
      at = e.key === "j" ? Math.min(at + 1, links.length - 1) : Math.max(at - 1, 0);
      links[at].focus();
      links[at].scrollIntoView({ block: "nearest" });
      return;
    }
    const target = document.querySelector(`[data-key="${CSS.escape(e.key)}"]`);
    if (!target) return;
    e.preventDefault();
    if (target.tagName === "DETAILS") {
      target.open = !target.open;
      target.querySelector("summary").focus();
    } else target.click();
  });
})();
