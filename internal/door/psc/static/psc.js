// Comfort only: every page works without. A waiting page asks quietly whether anything changed,
// and loads again only then; a form that answers a software sends itself.
(function () {
  "use strict";
  var post = document.querySelector("form[data-send]");
  if (post) { post.submit(); return; }
  var look = document.querySelector("[data-look]");
  if (!look || !window.fetch) return;
  var was = look.getAttribute("data-look");
  function ask() {
    fetch(location.pathname + "?etat", { credentials: "same-origin", cache: "no-store", redirect: "error" }).then(function (r) {
      if (was === "204") { if (r.status !== 204) location.reload(); else again(); return; }
      if (!r.ok) { location.reload(); return; }
      return r.text().then(function (now) { if (now !== was) location.replace(location.pathname); else again(); });
    }).catch(again);
  }
  function again() { setTimeout(ask, 2000); }
  again();
})();
