// Elements made by hand, and words filled in.
export function element(name, facts = {}, ...inside) {
  const made = Object.assign(document.createElement(name), facts);
  made.append(...inside);
  return made;
}
export const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_all, name) => facts[name]);
