// Time: the scrubber over steps and phases, the cost curve its track; play, pause, one step or phase at a time.
import { effect, signal } from "@preact/signals";
import { at, chooseView, curve, moment, PHASES, phase, pinned, playing, record, step, steps, trainOn, view } from "./state";
import { words } from "./words";

type Stride = keyof typeof words.strides;
const stride = signal<Stride>("phase");
const speed = signal(1);

effect(() => {
  if (!playing.value) return;
  const timer = setInterval(() => advance(1) || (playing.value = false), 900 / speed.value);
  return () => clearInterval(timer);
});

const end = () => steps.value.length * PHASES - 1;

/** Go so many strides on; false at the end. */
function advance(by: number): boolean {
  if (stride.value === "sample") {
    const views = Object.keys(moment.value.views).map(Number);
    const next = views[views.indexOf(view.value) + by];
    if (next !== undefined) chooseView(next);
    return next !== undefined;
  }
  const next = at.value + by * { phase: 1, step: PHASES, epoch: 10 * PHASES }[stride.value];
  if (next > end() || next < 0) return false;
  at.value = next;
  return true;
}

export function Time() {
  const number = Math.floor(at.value / PHASES);
  const cost = curve.value.texts[number] ?? "";
  return (
    <footer class="time" aria-label={words.time}>
      <div class="buttons">
        <button type="button" onClick={() => advance(-1)} aria-label={words.back} disabled={at.value === 0}>
          ◂
        </button>
        <button type="button" class="play" onClick={() => (playing.value = !playing.value)}
          aria-label={playing.value ? words.pause : words.play}>
          {playing.value ? "❚❚" : "▶"}
        </button>
        <button type="button" onClick={() => advance(1)} aria-label={words.forth} disabled={at.value >= end()}>
          ▸
        </button>
      </div>
      <div class="track">
        <Curve />
        <input id="time" type="range" min={0} max={end()} step={1} value={at.value} aria-label={words.scrubber}
          aria-valuetext={`${words.step(step.value)}, ${phase.value}, ${words.costAt(cost)}`}
          onInput={(event) => (at.value = Number(event.currentTarget.value))} />
      </div>
      <p class="now">
        <b>{words.step(step.value)}</b> <span class="phase">{phase.value}</span> <span>{words.costAt(cost)}</span>
        {curve.value.other.length > 0 && <small class="otherwise">{words.otherFuture}</small>}
      </p>
      <div class="choices">
        <label>
          {words.stride}{" "}
          <select value={stride.value} onChange={(event) => (stride.value = event.currentTarget.value as Stride)}>
            {Object.entries(words.strides).map(([value, says]) => (
              <option value={value}>{says}</option>
            ))}
          </select>
        </label>
        <label class="speed">
          {words.speed}{" "}
          <select value={speed.value} onChange={(event) => (speed.value = Number(event.currentTarget.value))}>
            {[0.5, 1, 2, 5, 20].map((value) => (
              <option value={value}>{value}×</option>
            ))}
          </select>
        </label>
        {record.value.served && steps.value.length > 1 && (
          <button type="button" class="quiet" onClick={async () => {
            const from = steps.value.length;
            await trainOn(100);
            if (steps.value.length > from) [at.value, stride.value, playing.value] = [from * PHASES + 3, "step", true];
          }}>
            {words.trainOn}
          </button>
        )}
      </div>
    </footer>
  );
}

const write = (points: number[][]) => points.map((each) => each.join()).join(" ");

function Curve() {
  const { points, other } = curve.value;
  const here = points[Math.floor(at.value / PHASES)];
  if (points.length < 2 || !here) return null;
  const kept = pinned.value === null ? undefined : points[steps.value.indexOf(pinned.value)];
  const area = [[points[0]![0], 100], ...points, [points.at(-1)![0], 100]];
  return (
    <svg class="curve" viewBox="0 -6 1000 112" preserveAspectRatio="none" aria-hidden="true">
      <polygon points={write(area)} />
      {other.length > 0 && <polyline class="other" points={write(other)} />}
      <polyline points={write(points)} />
      {kept && <line class="kept" x1={kept[0]} x2={kept[0]} y1={-6} y2={106} />}
      <line x1={here[0]} x2={here[0]} y1={here[1]} y2={106} />
      <line class="dot" x1={here[0]} x2={here[0]} y1={here[1]} y2={here[1]} />
    </svg>
  );
}
