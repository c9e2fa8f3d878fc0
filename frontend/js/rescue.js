// For the chat page and the cluster page: shows #stuck at once when the page cannot start. A classic script that runs
// before the modules, needs none of them, and uses only syntax that old browsers know.

(function () {
  const stuck = document.getElementById("stuck");
  const app = document.getElementById("app") || document.getElementById("cluster");
  if (!stuck || !app) return;

  /** A page that has started removes #stuck. */
  function show() {
    if (!stuck || !app || !stuck.isConnected) return;
    app.hidden = true;
    // Without its attribute `open` a modal dialog is hidden, but still blocks the rest of the page.
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.remove());
    stuck.classList.add("now");
  }

  /** Keeps the guest token and unsent messages. */
  function reset() {
    try {
      Object.keys(localStorage).forEach((name) => {
        const kept = name === "webchat.token" || name.startsWith("webchat.outbox.");
        if (name.startsWith("webchat.") && !kept) localStorage.removeItem(name);
      });
    } catch (error) {
      console.warn(error);
    }
    // The address may be the cause, too.
    history.replaceState(null, "", location.pathname);
    removeWorker().then(reload, reload);
  }

  const reload = () => location.reload();

  /** The service worker, and the page that it has stored. */
  function removeWorker() {
    const { serviceWorker } = navigator;
    if (!serviceWorker) return Promise.resolve();
    return serviceWorker.getRegistration().then((found) => {
      if (!found) return undefined;
      return Promise.all([found.unregister(), caches.delete("webchat " + new URL(found.scope).pathname)]);
    });
  }

  // The error event of a script that cannot be loaded does not bubble: it takes a capturing listener.
  addEventListener("error", ({ target }) => (target === window || target instanceof HTMLScriptElement) && show(), true);
  addEventListener("unhandledrejection", show);
  document.getElementById("reload")?.addEventListener("click", reload);
  document.getElementById("reset")?.addEventListener("click", reset);
})();
