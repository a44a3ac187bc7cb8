// What the network makes of every pair of inputs, in the step that is shown.
import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Fit, Surface } from "./record";
import { chooseView, moment, view } from "./state";
import { words } from "./words";

export function SurfacePane() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    const shown = moment.value.surface;
    if (canvas.current && shown) paint(canvas.current, shown);
  });
  const shown = moment.value.surface;
  if (moment.value.fit) return <FitPane fit={moment.value.fit} />;
  if (!shown) return null;
  return (
    <figure class="surface">
      <figcaption>{words.surface}</figcaption>
      <div class="square">
        <canvas ref={canvas} width={shown.side} height={shown.side} role="img" aria-label={words.surface} />
        <svg viewBox="0 0 100 100" aria-hidden="true">
          {shown.samples.map(([number, x, y, target]) => (
            <g key={number} class={number === view.value ? "shown" : ""} onClick={() => chooseView(number)}>
              <circle cx={x} cy={y} r={4.6} />
              <text x={x} y={y}>{target}</text>
            </g>
          ))}
        </svg>
      </div>
      <p class="says">
        {shown.axes[0]} {shown.ends[0].join(" … ")}, {shown.axes[1]} {shown.ends[1].join(" … ")};{" "}
        <span class="low">{shown.range[0]}</span> <i class="ramp" /> <span class="high">{shown.range[1]}</span>
      </p>
    </figure>
  );
}

function FitPane({ fit }: { fit: Fit }) {
  return (
    <figure class="surface fit">
      <figcaption>{words.fit(fit.axis)}</figcaption>
      <div class="square">
        <svg viewBox="-4 -4 108 108" role="img" aria-label={words.fit(fit.axis)}>
          <polyline points={fit.points.map((each) => each.join()).join(" ")} />
          {fit.samples.map(([number, x, y]) => (
            <g key={number} class={number === view.value ? "shown" : ""} onClick={() => chooseView(number)}>
              <circle cx={x} cy={y} r={3} />
            </g>
          ))}
        </svg>
      </div>
      <p class="says">
        {fit.axis} {fit.ends.join(" … ")}; {fit.range.join(" … ")}
      </p>
    </figure>
  );
}

const LOW = [240, 161, 94];
const MIDDLE = [246, 246, 242];
const HIGH = [74, 140, 205];

function paint(canvas: HTMLCanvasElement, { side, levels }: Surface): void {
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(side, side);
  for (let number = 0; number < side * side; number++) {
    const level = Number(levels.slice(2 * number, 2 * number + 2)) / 99;
    const [from, to, part] = level < 0.5 ? [LOW, MIDDLE, 2 * level] : [MIDDLE, HIGH, 2 * level - 1];
    for (let tint = 0; tint < 3; tint++) image.data[4 * number + tint] = from[tint]! + part * (to[tint]! - from[tint]!);
    image.data[4 * number + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
