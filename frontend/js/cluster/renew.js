/**
 * Shows other children, unless they are the same: then a selection stays, and nothing is told twice.
 * @param {Element} parent
 * @param {...Node} children
 */
export function renew(parent, ...children) {
  const old = parent.childNodes;
  const same =
    old.length === children.length &&
    children.every((child, index) => child.isEqualNode(old[index]));
  if (!same) parent.replaceChildren(...children);
}
