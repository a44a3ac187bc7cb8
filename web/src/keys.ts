// Moving by keyboard among what can be selected: each pane is one stop of the Tab key, the arrow keys move inside it.

const STOPS = "[data-quantity][tabindex]";

/** Make one element of a pane the stop of the Tab key: the current one, else the one that was, else the first. */
export function settle(pane: HTMLElement): void {
  const stops = [...pane.querySelectorAll<HTMLElement | SVGElement>("[data-quantity]")];
  const current = stops.filter((each) => each.getAttribute("aria-current"));
  const wished = [...current, ...stops.filter((each) => each.getAttribute("tabindex") === "0"), ...stops];
  const found = wished.find(isShown);
  for (const each of stops)
    if (each.getAttribute("tabindex") !== (each === found ? "0" : "-1")) each.setAttribute("tabindex", each === found ? "0" : "-1");
}

function isShown(element: Element): boolean {
  return element.getClientRects().length > 0;
}

const AXES: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Move the focus to the nearest element in the direction of an arrow key. */
export function move(event: KeyboardEvent, pane: HTMLElement): void {
  const axis = AXES[event.key];
  const from = (event.target as Element).closest<HTMLElement>(STOPS);
  if (!axis || !from || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const middle = (element: Element) => {
    const box = element.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2] as const;
  };
  const [x, y] = middle(from);
  let nearest: HTMLElement | null = null;
  let least = Infinity;
  for (const each of pane.querySelectorAll<HTMLElement>(STOPS)) {
    if (each === from || !isShown(each)) continue;
    const [right, down] = middle(each);
    const along = (right - x) * axis[0] + (down - y) * axis[1];
    const aside = Math.abs((right - x) * axis[1]) + Math.abs((down - y) * axis[0]);
    if (along < 1) continue;
    if (along + 2.5 * aside < least) [least, nearest] = [along + 2.5 * aside, each];
  }
  if (!nearest) return;
  from.tabIndex = -1;
  nearest.tabIndex = 0;
  nearest.focus();
}
