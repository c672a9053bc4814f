// The camera for reading an INS Datamatrix: what it sees is sent as the picture of the form. Without
// this file, or without a camera, one chooses a picture.
"use strict";
(() => {
  const form = document.querySelector("form[data-reader]");
  if (!form || !navigator.mediaDevices || !navigator.mediaDevices.getUserMedia || !window.DataTransfer) return;
  const find = (s) => form.querySelector(s);
  const open = find("[data-camera]"), box = find(".viewfinder"), video = find("video"), problem = find(".problem"), file = find("#image");
  let stream = null;
  const stop = () => {
    if (stream) stream.getTracks().forEach((t) => t.stop());
    stream = null;
    box.hidden = true;
    open.hidden = false;
  };
  open.hidden = false;
  open.addEventListener("click", async () => {
    problem.hidden = true;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } }, audio: false });
    } catch {
      problem.textContent = form.dataset.failed;
      problem.hidden = false;
      return;
    }
    video.srcObject = stream;
    box.hidden = false;
    open.hidden = true;
    await video.play();
    find("[data-shot]").focus();
  });
  find("[data-stop]").addEventListener("click", stop);
  find("[data-shot]").addEventListener("click", () => {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => {
      const list = new DataTransfer();
      list.items.add(new File([blob], "camera.png", { type: "image/png" }));
      file.files = list.files;
      stop();
      form.requestSubmit();
    }, "image/png");
  });
  addEventListener("pagehide", stop);
})();
