// Where an extension's script would be: two frames deep. It does as the page says, and tells it.
(() => {
  const tell = (message) => top.postMessage(message, location.origin);
  let opened;

  addEventListener("message", async ({ origin, source, data }) => {
    if (origin !== location.origin || source !== top) return;
    if (data === "stop") opened?.stop?.();
    if (data !== "open") return;
    opened = await microphone.open((level) => tell({ level }));
    tell({ opened: true, error: opened.error, message: opened.message });
  });
  tell({ isAllowed: microphone.isAllowed() });
})();
