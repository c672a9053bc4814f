// Passkeys: the two ceremonies of WebAuthn. The pages offer other means without this file.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((c) => ({ ...c, id: bytes(c.id) }));
  const answer = (c) => {
    const r = c.response, out = { clientDataJSON: text(r.clientDataJSON) };
    for (const k of ["attestationObject", "authenticatorData", "signature", "userHandle"]) if (r[k]) out[k] = text(r[k]);
    if (r.getTransports) out.transports = r.getTransports();
    return JSON.stringify({ id: c.id, rawId: text(c.rawId), type: c.type, response: out, clientExtensionResults: c.getClientExtensionResults(), authenticatorAttachment: c.authenticatorAttachment || undefined });
  };
  const ceremony = (form, run) => {
    const problem = form.querySelector(".problem");
    form.hidden = false;
    form.addEventListener("submit", async (e) => {
      e.preventDefault();
      problem.hidden = true;
      try {
        form.elements.reponse.value = answer(await run());
        form.submit();
      } catch {
        problem.textContent = form.dataset.failed;
        problem.hidden = false;
      }
    });
  };
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    ceremony(form, () => {
      const o = JSON.parse(form.dataset.passkey).publicKey;
      return navigator.credentials.get({ publicKey: { ...o, challenge: bytes(o.challenge), allowCredentials: named(o.allowCredentials) } });
    });
  }
  for (const form of document.querySelectorAll("form[data-passkey-new]")) {
    ceremony(form, async () => {
      const r = await fetch(form.dataset.passkeyNew, { method: "POST", body: new URLSearchParams({ jeton: form.elements.jeton.value }), headers: { Accept: "application/json" } });
      if (!r.ok) throw new Error(r.status);
      const { options, ceremonie } = await r.json();
      form.elements.ceremonie.value = ceremonie;
      const o = options.publicKey;
      return navigator.credentials.create({ publicKey: { ...o, challenge: bytes(o.challenge), user: { ...o.user, id: bytes(o.user.id) }, excludeCredentials: named(o.excludeCredentials) } });
    });
  }
})();
