// The incoming weights of the selected unit as a heat map, in the grid of the units that it hears from.
import { computed, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { moment, record, selected } from "./state";
import { words } from "./words";

const MIDDLE = "k".charCodeAt(0);
/** Pixels of the canvas for each cell. */
const CELL = 8;
const LEVELS = 10;

/** The unit that is selected: its name, its heat map, and its place in it. */
const unit = computed(() => {
  const name = /^[^[]*\[(.*)\]$/.exec(selected.value?.name ?? "")?.[1];
  const number = record.value.maps.findIndex((each) => each.units.includes(name ?? ""));
  return name === undefined || number < 0 ? null : { name, number, at: record.value.maps[number]!.units.indexOf(name) };
});

export function HeatPane() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    const found = unit.value;
    const painted = found && moment.value.maps[found.number];
    if (canvas.current && found && painted) paint(canvas.current, found.number, found.at, painted[1]);
  });
  const found = unit.value;
  const painted = found && moment.value.maps[found.number];
  if (!found || !painted) return null;
  const { from, columns } = record.value.maps[found.number]!;
  return (
    <figure class="surface heat">
      <figcaption>{words.heat(found.name)}</figcaption>
      <canvas ref={canvas} role="img" aria-label={words.heat(found.name)} width={columns * CELL}
        height={Math.ceil(from / columns) * CELL} />
      <p class="says">{words.heatScale(painted[0])}</p>
    </figure>
  );
}

function paint(canvas: HTMLCanvasElement, number: number, at: number, letters: string): void {
  const { from, columns } = record.value.maps[number]!;
  const context = canvas.getContext("2d")!;
  const style = getComputedStyle(canvas);
  const [plus, minus, paper] = ["--plus", "--minus", "--paper"].map((each) => style.getPropertyValue(each));
  context.fillStyle = paper!;
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (let cell = 0; cell < from; cell++) {
    const level = letters.charCodeAt(at * from + cell) - MIDDLE;
    const [x, y] = [(cell % columns) * CELL, Math.floor(cell / columns) * CELL];
    context.globalAlpha = Math.abs(level) / LEVELS;
    context.fillStyle = level < 0 ? minus! : plus!;
    context.fillRect(x, y, CELL, CELL);
    if (level >= 0) continue;
    context.globalAlpha = 1;
    context.fillRect(x + CELL / 2 - 1, y + CELL / 2 - 1, 2, 2);
  }
}
