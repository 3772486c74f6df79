/**
 * What a scanned square brought along, the secret of an enrolment or a talk, taken out of the address as the very first thing this page's script does.
 *
 * What stays in an address stays in the history, the task switcher and whatever the phone hands to others.
 *
 * @module
 */

/** @returns {string} The fragment, when it is an enrolment's or a talk's. */
function take() {
  const { hash } = location;
  if (hash) history.replaceState(history.state, "", location.pathname + location.search);
  return /^#[et]1\./.test(hash) ? hash : "";
}

let secret = take();

/** @returns {string} The fragment that this page was opened with; only once. */
export function takeFragment() {
  const taken = secret;
  secret = "";
  return taken;
}

/**
 * Calls back when a link is opened while this page is there already: the browser then loads nothing anew.
 *
 * @param {(secret: string) => void} found
 */
export function onFragment(found) {
  addEventListener("hashchange", () => {
    const later = take();
    if (later) found(later);
  });
}
