/** What went wrong, by a stable code; the sentence for people belongs to the catalogues. */

/** @typedef {Record<string, string | number>} Facts */

/**
 * Anything that went wrong in a way we have a name for. Codes are those of docs/api.md, plus those that only a browser
 * can find: `envelope-moved`, `envelope-damaged`, `enrol-keys-differ`, `pin-too-easy`, `bad-text`, `key-wrong`, `quote-altered`.
 * Facts never hold what a person wrote.
 */
export class KindstemError extends Error {
  /** @param {string} code @param {Facts} [facts] */
  constructor(code, facts = {}) {
    super(code);
    this.name = "KindstemError";
    this.code = code;
    this.facts = facts;
  }
}
