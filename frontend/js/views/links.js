const schemes = new Set(["http:", "https:", "mailto:"]);

/**
 * The address a link may lead to: http, https and mailto, nothing else.
 * @param {string} link
 */
export function safeAddress(link) {
  try {
    const { protocol, href } = new URL(link);
    return schemes.has(protocol) ? href : null;
  } catch {
    return null;
  }
}

/**
 * A sentence's end is not part of its last link; a closing bracket is only if the link opened it.
 * @param {string} link
 */
export function trimLink(link) {
  const opened = link.indexOf("(");
  let end = link.length;
  while (end > 0) {
    const last = link[end - 1];
    const unopened = last === ")" && (opened < 0 || opened > end);
    if (!unopened && !".,;:!?'*_]}".includes(last)) break;
    end -= 1;
  }
  return link.slice(0, end);
}
