// The network: Python draws it once, and each moment sets the sign, the level and the digits of its marks.
import { effect, signal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { move, settle } from "./keys";
import { choose, drawnOf, flatOf, hovered, levelOf, moment, phase, playing, record, selected, textOf, view } from "./state";
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
    ];
    return () => ends.forEach((end) => end());
  }, [drawn, drawing]);
  return (
    <section id="network" aria-label={words.network} ref={pane} onKeyDown={(event) => move(event, pane.current!)}>
      <div class={drawn ? "tall" : "wide"} onClick={(event) => reach(event, pane.current!)}
        dangerouslySetInnerHTML={{ __html: drawn ? drawing.tall : drawing.wide }} />
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
  const near = hovered.value;
  for (const mark of pane.querySelectorAll(".near")) mark.classList.remove("near");
  if (near) for (const mark of marksOf(pane)) mark.classList.toggle("near", mark.dataset.quantity === near);
}

function put(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
