// The network: Python draws it once, and each moment sets the sign, the level and the digits of its marks.
import { signal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { move, settle } from "./keys";
import { drawnOf, hovered, levelOf, moment, phase, record, selected, textOf, view } from "./state";
import { words } from "./words";

const query = matchMedia("(max-width: 760px)");
const narrow = signal(query.matches);
query.addEventListener("change", () => (narrow.value = query.matches));

export function Network() {
  const pane = useRef<HTMLElement>(null);
  useSignalEffect(() => {
    narrow.value;
    queueMicrotask(() => pane.current && show(pane.current));
    moment.value, view.value, selected.value, hovered.value, phase.value;
  });
  const { scales, drawing } = record.value;
  return (
    <section id="network" aria-label={words.network} ref={pane} onKeyDown={(event) => move(event, pane.current!)}>
      <div class={narrow.value ? "tall" : "wide"}
        dangerouslySetInnerHTML={{ __html: narrow.value ? drawing.tall : drawing.wide }} />
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

function show(pane: HTMLElement): void {
  const now = moment.value;
  const number = view.value;
  const place = selected.value;
  const way = new Set(place ? record.value.targets[place.name]?.way : []);
  const near = hovered.value;
  pane.dataset.phase = phase.value;
  pane.classList.toggle("following", way.size > 0);
  for (const mark of pane.querySelectorAll<SVGGElement>(".mark[data-quantity]")) {
    const name = mark.dataset.quantity!;
    const level = levelOf(now, number, name);
    put(mark, "data-level", String(Math.abs(level)));
    put(mark, "data-sign", level > 0 ? "+" : level < 0 ? "-" : "");
    put(mark, "role", "button");
    const text = textOf(now, number, name);
    const says = record.value.targets[name]?.says ?? name;
    put(mark, "aria-label", text === null ? says : `${says}: ${text}`);
    if (place?.name === name) put(mark, "aria-current", "true");
    else mark.removeAttribute("aria-current");
    mark.classList.toggle("on", way.has(name));
    mark.classList.toggle("near", near === name);
  }
  for (const text of pane.querySelectorAll<SVGElement>("[data-value]")) {
    const digits = drawnOf(now, number, text.dataset.value!) ?? "";
    if (text.textContent !== digits) text.textContent = digits;
  }
  settle(pane);
}

function put(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
