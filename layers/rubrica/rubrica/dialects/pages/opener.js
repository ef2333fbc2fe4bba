
"use strict";
// Tells the page that opened this window, if there is one, how the consent ended. The page's policy allows this text
// by its hash, so it never changes; what differs from page to page stands in the attributes of the element around it.
(() => {
  const told = document.currentScript.dataset;
  const opener = window.opener;
  if (!opener || opener.closed) return;
  try {
    // Only a window of our own host lets its address be read. It is not the application: telling it would be an error.
    if (opener.location.origin !== told.origin) return;
  } catch {
    // A window of another host. Whether it is the registered one, the browser finds out when it delivers.
  }
  const message = {
    type: "rubrica",
    import_id: Number(told.import),
    state: told.state,
    failure: told.failure || null,
  };
  try {
    opener.postMessage(message, told.origin);
  } catch {
    return; // The registered origin is none.
  }
  const button = document.getElementById("close");
  button.addEventListener("click", () => window.close());
  button.hidden = false;
  // Long enough to be read, short enough not to be in the way. Whoever has to read advice keeps the window.
  if (!told.stay) setTimeout(() => window.close(), 1500);
})();
