// Time: the scrubber over steps and phases, the cost curve its track; play, pause, one stride at a time.
import { batch, effect, signal } from "@preact/signals";
import {
  at, choose, chooseView, curve, futures, goToFuture, lit, moment, PHASES, phase, pinned, playing, record, removeFuture,
  selected, step, steps, trainOn, view, type Future,
} from "./state";
import { words } from "./words";

type Stride = "operation" | "layer" | "phase" | "step" | "sample" | "epoch" | "ten";
const stride = signal<Stride>("phase");
const speed = signal(1);

effect(() => {
  if (!playing.value) return;
  const timer = setInterval(() => advance(1) || (playing.value = false), 900 / speed.value);
  return () => clearInterval(timer);
});

const end = () => steps.value.length * PHASES - 1;

/** Go one stride forth or back; false at the end. */
function advance(by: 1 | -1): boolean {
  switch (stride.value) {
    case "operation":
    case "layer":
      return advanceStage(by);
    case "sample":
      return advanceSample(by);
    case "phase":
      return goTo(at.value + by);
    default:
      return advanceSteps(by * { step: 1, epoch: record.value.epoch, ten: 10 }[stride.value]);
  }
}

function goTo(place: number): boolean {
  if (place > end() || place < 0) return false;
  batch(() => {
    at.value = place;
    lit.value = new Set();
  });
  return true;
}

/** Go so many steps on; where not every step was recorded, to the next one that was. */
function advanceSteps(by: number): boolean {
  const wanted = step.value + by;
  const number = by > 0 ? steps.value.findIndex((each) => each >= wanted) : steps.value.findLastIndex((each) => each <= wanted);
  return number >= 0 && goTo(number * PHASES + (at.value % PHASES));
}

function advanceSample(by: number): boolean {
  const views = Object.keys(moment.value.views).map(Number);
  const next = views[views.indexOf(view.value) + by];
  if (next !== undefined) chooseView(next);
  return next !== undefined;
}

/** To the next number, or to those of the next layer, in the order in which a step computes them. */
function advanceStage(by: number): boolean {
  const stages = stride.value === "layer" ? record.value.stages : record.value.stages.flatMap(([of, names]) =>
    names.map((name): [string, string[]] => [of, [name]]));
  const here = stages.findIndex(([of, names]) => of === phase.value && names.includes(selected.value?.name ?? ""));
  const first = stages.findIndex(([of]) => of === phase.value);
  const next = here < 0 ? first : here + by;
  const round = Math.floor(next / stages.length);
  const [of, names] = stages[next - round * stages.length]!;
  const place = (Math.floor(at.value / PHASES) + round) * PHASES + words.phases.indexOf(of);
  if (!goTo(place)) return false;
  batch(() => {
    choose(names[0]!);
    lit.value = new Set(names);
  });
  return true;
}

export function Time() {
  const cost = curve.value.texts[Math.floor(at.value / PHASES)] ?? "";
  return (
    <footer class="time" aria-label={words.time}>
      <Futures />
      <Buttons />
      <div class="track">
        <Lines />
        <Here />
        <input id="time" type="range" min={0} max={end()} step={1} value={at.value} aria-label={words.scrubber}
          aria-valuetext={`${words.step(step.value)}, ${phase.value}, ${words.costAt(cost)}`}
          onInput={(event) => (at.value = Number(event.currentTarget.value))} />
      </div>
      <p class="now">
        <b>{words.step(step.value)}</b> <span class="phase">{phase.value}</span> <span>{words.costAt(cost)}</span>
      </p>
      <Choices />
    </footer>
  );
}

function Buttons() {
  return (
    <div class="buttons">
      <button type="button" onClick={() => advance(-1)} aria-label={words.back}>
        ◂
      </button>
      <button type="button" class="play" onClick={() => (playing.value = !playing.value)}
        aria-label={playing.value ? words.pause : words.play}>
        {playing.value ? "❚❚" : "▶"}
      </button>
      <button type="button" onClick={() => advance(1)} aria-label={words.forth}>
        ▸
      </button>
    </div>
  );
}

function Choices() {
  return (
    <div class="choices">
      <label>
        {words.stride}{" "}
        <select value={stride.value} onChange={(event) => (stride.value = event.currentTarget.value as Stride)}>
          {words.strides(record.value.epoch).map(([value, says]) => (
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
  );
}

/** The other futures beside the one that is shown, each by the letter at its curve. */
function Futures() {
  if (!futures.value.length) return null;
  return (
    <ul class="futures" aria-label={words.futures}>
      {futures.value.map((each) => (
        <li key={each.letter} class={`future-${each.letter}`}>
          <button type="button" onClick={() => goToFuture(each)} aria-label={words.goToFuture(each.letter, describe(each))}>
            <b>{each.letter}</b> {describe(each)}
          </button>
          <button type="button" onClick={() => removeFuture(each)} aria-label={words.removeFuture(each.letter)}>
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}

const describe = (future: Future) => (future.kept ? words.future(future.edits) : words.withoutLast);

const BOX = "0 -6 1000 112";
const write = (points: number[][]) => points.map((each) => each.join()).join(" ");

/** Where a curve is farthest from another one: there its letter tells most. */
function findFarthest(line: [number, number][], other: [number, number][]): [number, number] {
  const apart = (at: number) => Math.abs(line[at]![1] - (other[at] ?? other.at(-1)!)[1]);
  return line[line.reduce((best, _, at) => (apart(at) >= apart(best) ? at : best), 0)]!;
}

/** The curves of all futures, each of the others with its letter. */
function Lines() {
  const { points, others } = curve.value;
  if (points.length < 2) return null;
  const area = [[points[0]![0], 100], ...points, [points.at(-1)![0], 100]];
  const shown = futures.value.flatMap((each, number) => {
    const line = others[number];
    return line?.length ? [{ letter: each.letter, line, mark: findFarthest(line, points) }] : [];
  });
  return (
    <>
      <svg class="curve" viewBox={BOX} preserveAspectRatio="none" aria-hidden="true">
        <polygon points={write(area)} />
        {shown.map(({ letter, line }) => (
          <polyline key={letter} class={`other future-${letter}`} points={write(line)} />
        ))}
        <polyline points={write(points)} />
      </svg>
      <div class="letters" aria-hidden="true">
        {shown.map(({ letter, mark: [x, y] }, number) => (
          <b key={letter} class={`future-${letter}`}
            style={{ left: `min(100%, ${x / 10}% + ${14 * number}px)`, top: `${(y + 6) / 1.12}%` }}>
            {letter}
          </b>
        ))}
      </div>
    </>
  );
}

/** Where the scrubber stands on the curve, and the step that is compared with. */
function Here() {
  const { points } = curve.value;
  const here = points[Math.floor(at.value / PHASES)];
  if (points.length < 2 || !here) return null;
  const kept = pinned.value === null ? undefined : points[steps.value.indexOf(pinned.value)];
  return (
    <svg class="curve" viewBox={BOX} preserveAspectRatio="none" aria-hidden="true">
      {kept && <line class="kept" x1={kept[0]} x2={kept[0]} y1={-6} y2={106} />}
      <line x1={here[0]} x2={here[0]} y1={here[1]} y2={106} />
      <line class="dot" x1={here[0]} x2={here[0]} y1={here[1]} y2={here[1]} />
    </svg>
  );
}
