// The network: Python draws it once, and each moment sets the sign, the level and the digits of its marks.
import { effect, signal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { move, settle } from "./keys";
import { choose, drawnOf, flatOf, hovered, levelOf, lit, moment, phase, playing, record, selected, textOf, view } from "./state";
import { words } from "./words";

const query = matchMedia("(max-width: 760px)");
const narrow = signal(query.matches);
query.addEventListener("change", () => (narrow.value = query.matches));

export function Network() {
  const pane = useRef<HTMLElement>(null);
  const { scales, drawing } = record.value;
  const [drawn, setDrawn] = useState(narrow.value);
  useSignalEffect(() => setDrawn(narrow.value));
  useEffect(() => {
    const element = pane.current!;
    const parts = takeApart(element);
    const ends = [
      effect(() => showNumbers(parts)),
      effect(() => showSelection(element)),
      effect(() => showNear(element)),
      effect(() => void (element.dataset.phase = phase.value)),
      effect(() => void element.toggleAttribute("data-playing", playing.value)),
      effect(() => showZoom(element)),
    ];
    return () => ends.forEach((end) => end());
  }, [drawn, drawing]);
  return (
    <section id="network" aria-label={words.network} ref={pane} onKeyDown={(event) => move(event, pane.current!)}>
      <div class={drawn ? "tall" : "wide"} onClick={(event) => press(event, pane.current!)} onPointerDown={drag}
        dangerouslySetInnerHTML={{ __html: drawn ? drawing.tall : drawing.wide }} />
      <Zoom />
      <p class="legend">
        {words.legend.map(([sign, says]) => (
          <span class="sign" data-sign={sign} key={sign}>
            {says}
          </span>
        ))}
        <span>{words.scale(scales.weight ?? "0", scales.gradient ?? "0")}</span> <span>{words.halves}</span>
      </p>
    </section>
  );
}

/** The size that a target should have for a finger, in pixels. */
const FINGER = 44;

/** A press on a cell too small for a finger enlarges the drawing there; one beside all marks counts for the nearest. */
function press(event: MouseEvent, pane: HTMLElement): void {
  const cell = (event.target as Element).closest(".cell, .pixel")?.querySelector(".area");
  if (dragged) {
    dragged = false;
    event.stopPropagation();
  } else if (narrow.value && cell && cell.getBoundingClientRect().width < FINGER) {
    event.stopPropagation();
    enlarge(cell, pane);
  } else reach(event, pane);
}

/** The part of the drawing that is shown, in its own units; null for all of it. */
export const zoom = signal<{ x: number; y: number; side: number } | null>(null);
effect(() => {
  narrow.value;
  record.value?.drawing;
  zoom.value = null;
});

function enlarge(cell: Element, pane: HTMLElement): void {
  const [x, y, size] = ["x", "y", "width"].map((each) => Number(cell.getAttribute(each)));
  const side = (size! * pane.clientWidth) / (FINGER + 2);
  zoom.value = { x: x! + size! / 2 - side / 2, y: y! + size! / 2 - side / 2, side };
}

function showZoom(pane: HTMLElement): void {
  const drawn = pane.querySelector("svg")!;
  drawn.dataset.whole ??= drawn.getAttribute("viewBox")!;
  const part = zoom.value;
  put(drawn, "viewBox", part ? `${part.x} ${part.y} ${part.side} ${part.side}` : drawn.dataset.whole);
  pane.toggleAttribute("data-zoomed", part !== null);
}

/** Whether the pointer has moved the drawing since it went down: then its click is none. */
let dragged = false;

function drag(down: PointerEvent): void {
  const start = zoom.value;
  dragged = false;
  if (!start) return;
  const size = start.side / (down.currentTarget as HTMLElement).clientWidth;
  const move = (event: PointerEvent) => {
    const [x, y] = [event.clientX - down.clientX, event.clientY - down.clientY];
    dragged ||= Math.hypot(x, y) > 6;
    if (dragged) zoom.value = { ...start, x: start.x - x * size, y: start.y - y * size };
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", () => removeEventListener("pointermove", move), { once: true });
  addEventListener("pointercancel", () => removeEventListener("pointermove", move), { once: true });
}

function Zoom() {
  if (!zoom.value) return null;
  return (
    <p class="zoom">
      <button type="button" onClick={() => (zoom.value = null)}>{words.zoomOut}</button>
      <span class="says">{words.zoomed}</span>
    </p>
  );
}

/** A press beside all marks counts for the nearest one within a finger's reach. */
function reach(event: MouseEvent, pane: HTMLElement): void {
  if ((event.target as Element).closest("[data-quantity]")) return;
  let nearest: SVGGElement | null = null;
  let least = FINGER / 2;
  for (const mark of marksOf(pane)) {
    const box = (mark.querySelector(".disc, .area") ?? mark.querySelector(".line")!).getBoundingClientRect();
    const aside = Math.max(box.left - event.clientX, 0, event.clientX - box.right);
    const above = Math.max(box.top - event.clientY, 0, event.clientY - box.bottom);
    const apart = mark.classList.contains("edge") ? Infinity : Math.hypot(aside, above);
    if (apart < least) [least, nearest] = [apart, mark];
  }
  if (!nearest) return;
  event.stopPropagation();
  choose(nearest.dataset.quantity!);
}

const marksOf = (pane: HTMLElement) => pane.querySelectorAll<SVGGElement>(".mark[data-quantity]");

/** The marks and captions of a drawing, each with the name of its number, and what it last showed. */
interface Part {
  element: SVGElement;
  name: string;
  caption: boolean;
  shown: string;
}

function takeApart(pane: HTMLElement): Part[] {
  const named = (element: SVGElement, name: string, caption: boolean) => ({ element, name, caption, shown: "" });
  return [
    ...Array.from(marksOf(pane), (mark) => named(mark, mark.dataset.quantity!, false)),
    ...Array.from(pane.querySelectorAll<SVGElement>("[data-value]"), (text) => named(text, text.dataset.value!, true)),
  ];
}

/** Only what has changed is written: a large drawing has a thousand marks. */
function showNumbers(parts: Part[]): void {
  const now = moment.value;
  const number = view.value;
  for (const part of parts) {
    const { element, name } = part;
    const level = part.caption ? 0 : levelOf(now, number, name);
    const text = part.caption ? (drawnOf(now, number, name) ?? "") : textOf(now, number, name);
    const flat = part.caption ? "" : flatOf(now, number, name);
    const shown = `${level} ${text} ${flat}`;
    if (shown === part.shown) continue;
    part.shown = shown;
    if (part.caption) {
      element.textContent = text;
      continue;
    }
    put(element, "data-level", String(Math.abs(level)));
    put(element, "data-sign", level > 0 ? "+" : level < 0 ? "-" : "");
    const says = record.value.targets[name]?.says ?? name;
    element.classList.toggle("flat", flat !== "");
    put(element, "aria-label", (text === null ? says : `${says}: ${text}`) + (flat && `. ${flat}`));
  }
}

function showSelection(pane: HTMLElement): void {
  const name = selected.value?.name;
  const way = new Set(name ? record.value.targets[name]?.way : []);
  pane.classList.toggle("following", way.size > 0);
  for (const mark of marksOf(pane)) {
    put(mark, "role", "button");
    if (mark.dataset.quantity === name) put(mark, "aria-current", "true");
    else mark.removeAttribute("aria-current");
    mark.classList.toggle("on", way.has(mark.dataset.quantity!));
  }
  settle(pane);
}

function showNear(pane: HTMLElement): void {
  const near = new Set([hovered.value, ...lit.value]);
  for (const mark of pane.querySelectorAll(".near")) mark.classList.remove("near");
  if (near.size > 1 || !near.has("")) for (const mark of marksOf(pane)) mark.classList.toggle("near", near.has(mark.dataset.quantity!));
}

function put(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
