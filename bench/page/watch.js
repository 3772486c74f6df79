// Put into a page before its own first line. Answers, when asked: when something first stood on the screen, when the app's
// first screen did, how long the page's thread could not have answered a finger (what each task takes over 50 ms, added
// up), and when the first screen stood there with the card of a draft.
{
  // At the frame in which it is drawn.
  const drawn = (selector) =>
    new Promise((resolve) => {
      const look = new MutationObserver(() => {
        if (!document.querySelector(selector)) return;
        look.disconnect();
        requestAnimationFrame(() => resolve(performance.now()));
      });
      look.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-screen"] });
    });

  let blocked = 0;
  let tasks = 0;
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) {
      blocked += Math.max(0, task.duration - 50);
      tasks += 1;
    }
  }).observe({ type: "longtask", buffered: true });
  const screen = drawn("main[data-screen]");
  globalThis.watched = async () => {
    const ready = await screen;
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    if (!paint) throw new Error("nothing was painted");
    return { paint: paint.startTime, ready, blocked, tasks };
  };
  globalThis.painted = () => performance.getEntriesByName("first-contentful-paint")[0].startTime;
  globalThis.kept = drawn("main[data-screen=home] .card.kept");
}
