type Properties = Readonly<Record<string, string | number | boolean | EventListener>>

/** Makes an element. A property that begins with `on` is a listener, a boolean one sets or leaves out the attribute. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Properties = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value)
    else if (typeof value === 'boolean') element.toggleAttribute(key, value)
    else element.setAttribute(key, String(value))
  }
  element.append(...children)
  return element
}

/** Sets a text only if it differs, so that screen readers do not read it again. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** Facts in a row. Each keeps its own writing direction, and `undefined` is left out. */
export function makeFacts(facts: readonly (string | undefined)[]): readonly (Node | string)[] {
  const shown = facts.flatMap((fact) => (fact ? [make('bdi', {}, fact)] : []))
  return shown.flatMap((fact, index) => (index === 0 ? [fact] : [' · ', fact]))
}
