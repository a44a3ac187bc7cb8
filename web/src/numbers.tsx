// All numbers of a step, samples beside each other; what the last edit changed is marked.
import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Html } from "./derivation";
import { move, settle } from "./keys";
import { before, hovered, moment, moments, phase, pinned, record, selected, step, textOf, turning, view } from "./state";
import { words } from "./words";

export function Numbers() {
  const pane = useRef<HTMLElement>(null);
  useSignalEffect(() => {
    selected.value;
    requestAnimationFrame(() => pane.current && settle(pane.current));
  });
  useSignalEffect(() => {
    if (pane.current) pane.current.dataset.phase = phase.value;
  });
  useSignalEffect(() => {
    const near = hovered.value;
    for (const row of pane.current?.querySelectorAll<HTMLElement>("tr[data-name]") ?? [])
      row.classList.toggle("near", row.dataset.name === near);
  });
  const views = Object.keys(moment.value.views).map(Number);
  const samples = [...views.filter((each) => each > 0), 0];
  return (
    <section id="numbers" aria-label={words.numbers} ref={pane} onKeyDown={(event) => move(event, pane.current!)}>
      <div class="bar">
        <h2>{words.numbers}</h2>
        <button type="button" class="quiet" aria-pressed={pinned.value !== null}
          onClick={() => (pinned.value = pinned.value === null ? step.value : null)}>
          {pinned.value === null ? words.pin : words.unpin}
        </button>
        {pinned.value !== null && <span class="says">{words.pinned(pinned.value)}</span>}
      </div>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <td />
              {samples.map((each) => (
                <th scope="col" key={each} class={each === view.value ? "shown" : ""}>
                  {each ? each : samples.length > 1 ? "Σ" : ""}
                </th>
              ))}
            </tr>
          </thead>
          {record.value.groups.map(([of, title, names]) => (
            <tbody key={title} data-phase={of}>
              <tr>
                <th scope="rowgroup" class="group" colSpan={samples.length + 1}>
                  {title}
                </th>
              </tr>
              {names.map((name) => (
                <Row key={name} name={name} samples={samples} />
              ))}
            </tbody>
          ))}
        </table>
      </div>
    </section>
  );
}

function Row({ name, samples }: { name: string; samples: number[] }) {
  const place = selected.value;
  const row = place?.name === name;
  return (
    <tr data-name={name}>
      <th scope="row">
        <Html of={record.value.targets[name]?.symbol ?? ""} />
      </th>
      {samples.map((sample) => {
        const text = textOf(moment.value, sample, name);
        if (text === null) return <td key={sample} class={sample === view.value ? "shown" : ""} />;
        const current = row && place?.view === sample;
        const old = before.value && textOf(before.value, sample, name);
        const then = pinned.value === null ? undefined : moments.value.get(pinned.value);
        const says = record.value.targets[name]?.says ?? name;
        return (
          <td key={sample} class={sample === view.value ? "shown" : ""}>
            <button type="button" data-quantity={name} data-sample={sample || undefined} tabIndex={-1}
              aria-current={current ? "true" : undefined} class={old && old !== text ? "changed" : ""}
              aria-label={`${says}${sample ? `, ${words.sample(sample)}` : ""}: ${turning.value && row ? "?" : text}`}>
              {turning.value && row ? "?" : text}
              {then && <small>{textOf(then, sample, name)}</small>}
            </button>
          </td>
        );
      })}
    </tr>
  );
}
