/**
 * Elements out of values, so that nothing a person wrote is ever read as markup.
 *
 * @module
 */

/** @typedef {Node | string | number | null | undefined | false} Leaf */
/** @typedef {Leaf | Leaf[]} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

/** A function takes no more arguments than so many in some browsers. */
const AT_ONCE = 10_000;

/** Attributes through which a value could become script, style or another page's code. */
const NEVER = /^(on|style$|srcdoc$|formaction$)/i;
/** Elements that run or load something by merely standing in the page. */
const NO_ELEMENT = /^(script|style|iframe|object|embed|base|link|meta)$/i;
/** Attributes that hold an address. */
const ADDRESS = /^(href|src|action|poster)$/i;
/** The only ways an address may begin; `javascript:` and `data:text/html` are not among them. */
const ADDRESS_ALLOWED = /^(https:|tel:|mailto:|blob:|data:image\/|data:audio\/|[/#?.]|$)/i;

/**
 * Makes an element with its attributes and children.
 *
 * Strings become text, never markup: the words of a child may hold `<` and stay words.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes | null} [attributes] - `true` sets an empty attribute; `false`, `null` and `undefined` set none.
 * @param {...Child} children - Empty ones (`null`, `undefined`, `false`) are left out, lists are laid flat.
 * @returns {HTMLElementTagNameMap[Tag]}
 * @throws {TypeError} For an element, attribute or address that could carry script.
 */
export function h(tag, attributes, ...children) {
  if (NO_ELEMENT.test(tag)) throw new TypeError(`no <${tag}> is made by script`);
  const element = document.createElement(tag);
  setAttributes(element, attributes ?? {});
  fill(element, ...children);
  return element;
}

/**
 * Puts new children in an element, in place of what stood there.
 *
 * @param {Element} parent
 * @param {...Child} children
 */
export function fill(parent, ...children) {
  const all = leaves(children);
  parent.replaceChildren(...all.slice(0, AT_ONCE));
  for (let at = AT_ONCE; at < all.length; at += AT_ONCE) parent.append(...all.slice(at, at + AT_ONCE));
}

/**
 * @param {Element} element
 * @param {Attributes} attributes
 */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (NEVER.test(name)) throw new TypeError(`no attribute ${name} is set by script`);
    if (value === false || value === null || value === undefined) continue;
    const text = value === true ? "" : String(value);
    if (ADDRESS.test(name) && !ADDRESS_ALLOWED.test(text.trim())) throw new TypeError(`${name} holds no address of ours`);
    element.setAttribute(name, text);
  }
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function leaves(children) {
  /** @type {(Node | string)[]} */
  const list = [];
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    list.push(child instanceof Node ? child : String(child));
  }
  return list;
}
