// All numbers of a step, samples beside each other; what the last edit changed is marked.
import { computed, useComputed, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Html } from "./derivation";
import { move, settle } from "./keys";
import { before, hovered, levelOf, lit, moment, moments, phase, pinned, record, selected, step, textOf, turning, view } from "./state";
import { words } from "./words";

/** The views side by side, the batch last; as a text, so that another step with the same views changes nothing. */
const columns = computed(() => {
  const views = Object.keys(moment.value.views).map(Number);
  return [...views.filter((each) => each > 0), 0].join(" ");
});

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
    const near = new Set([hovered.value, ...lit.value]);
    for (const row of pane.current?.querySelectorAll<HTMLElement>("[data-name]") ?? [])
      row.classList.toggle("near", near.has(row.dataset.name!));
  });
  const samples = columns.value.split(" ").map(Number);
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
          {record.value.groups.map(([of, title, names, common]) => (
            <tbody key={title} data-phase={of}>
              <tr>
                <th scope="rowgroup" class="group" colSpan={samples.length + 1}>
                  {title}
                </th>
              </tr>
              {common ? (
                <tr>
                  <td class="common shown" colSpan={samples.length + 1}>
                    <div style={{ "--longest": Math.max(...names.map((name) => name.length)) }}>
                      {names.map((name) => (
                        <span key={name} class="pair" data-name={name}>
                          <Name of={name} />
                          <Cell name={name} sample={samples.length > 1 ? 0 : samples[0]!} shared />
                        </span>
                      ))}
                    </div>
                  </td>
                </tr>
              ) : (
                names.map((name) => <Row key={name} name={name} samples={samples} />)
              )}
            </tbody>
          ))}
        </table>
      </div>
    </section>
  );
}

function Name({ of }: { of: string }) {
  const target = record.value.targets[of];
  return target?.text ? <span>{target.text}</span> : <Html of={target?.symbol ?? ""} />;
}

function Row({ name, samples }: { name: string; samples: number[] }) {
  return (
    <tr data-name={name}>
      <th scope="row">
        <Name of={name} />
      </th>
      {samples.map((sample) => (
        <td key={sample} class={sample === view.value ? "shown" : ""}>
          <Cell name={name} sample={sample} />
        </td>
      ))}
    </tr>
  );
}

/** A number that can be selected; what is `shared` by all samples is current in each of them. */
function Cell({ name, sample, shared }: { name: string; sample: number; shared?: boolean }) {
  const text = useComputed(() => textOf(moment.value, sample, name)).value;
  const level = useComputed(() => levelOf(moment.value, sample, name)).value;
  const chosen = useComputed(() => {
    const place = selected.value;
    return place?.name === name && (shared || place.view === sample);
  }).value;
  const hidden = useComputed(() => turning.value && selected.value?.name === name).value;
  const changed = useComputed(() => {
    const old = before.value && textOf(before.value, sample, name);
    return old !== null && old !== textOf(moment.value, sample, name);
  }).value;
  const then = useComputed(() => {
    const kept = pinned.value === null ? undefined : moments.value.get(pinned.value);
    return kept ? textOf(kept, sample, name) : null;
  }).value;
  if (text === null) return null;
  const says = record.value.targets[name]?.says ?? name;
  return (
    <button type="button" data-quantity={name} data-sample={sample || undefined} data-shared={shared || undefined}
      tabIndex={-1} aria-current={chosen ? "true" : undefined} class={changed ? "changed" : ""}
      data-sign={level > 0 ? "+" : level < 0 ? "-" : undefined} data-level={Math.abs(level)}
      aria-label={`${says}${sample ? `, ${words.sample(sample)}` : ""}: ${hidden ? "?" : text}`}>
      {hidden ? "?" : text}
      {then !== null && <small>{then}</small>}
    </button>
  );
}
