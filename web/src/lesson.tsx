// A lesson: one number after the other, with a sentence each.
import { batch, signal } from "@preact/signals";
import { at, choose, PHASES, record, steps, turning, view } from "./state";
import { words } from "./words";

/** The point of the lesson that is shown; before the first one, none. */
const point = signal(-1);

function go(to: number): void {
  const [of, , sample, step, ask] = record.value.lessons[to]!;
  batch(() => {
    point.value = to;
    const place = steps.value.indexOf(step);
    if (place >= 0) at.value = place * PHASES + PHASES - 1;
    view.value = sample;
    choose(of, sample);
    turning.value = ask;
  });
}

export function LessonBar() {
  const { lessons } = record.value;
  if (!lessons.length) return null;
  const here = point.value;
  return (
    <section id="lesson" aria-label={words.lesson}>
      {here < 0 ? (
        <button type="button" onClick={() => go(0)}>
          {words.begin(lessons.length)}
        </button>
      ) : (
        <>
          <p role="status">
            <b>
              {here + 1}/{lessons.length}
            </b>{" "}
            {lessons[here]![1]}
          </p>
          <span class="buttons">
            <button type="button" disabled={here === 0} onClick={() => go(here - 1)}>
              {words.previous}
            </button>
            <button type="button" disabled={here === lessons.length - 1} onClick={() => go(here + 1)}>
              {words.next}
            </button>
          </span>
        </>
      )}
    </section>
  );
}
