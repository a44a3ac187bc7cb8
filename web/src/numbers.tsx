// All numbers of a step, samples beside each other; what the last edit changed is marked.
import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Html } from "./derivation";
import { move, settle } from "./keys";
import { before, hovered, levelOf, moment, moments, phase, pinned, record, selected, step, textOf, turning, view } from "./state";
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
    for (const row of pane.current?.querySelectorAll<HTMLElement>("[data-name]") ?? [])
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
                    <div>
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
  const text = textOf(moment.value, sample, name);
  if (text === null) return null;
  const place = selected.value;
  const chosen = place?.name === name && (shared || place.view === sample);
  const hidden = turning.value && place?.name === name;
  const old = before.value && textOf(before.value, sample, name);
  const then = pinned.value === null ? undefined : moments.value.get(pinned.value);
  const level = levelOf(moment.value, sample, name);
  const says = record.value.targets[name]?.says ?? name;
  return (
    <button type="button" data-quantity={name} data-sample={sample || undefined} data-shared={shared || undefined}
      tabIndex={-1} aria-current={chosen ? "true" : undefined} class={old && old !== text ? "changed" : ""}
      data-sign={level > 0 ? "+" : level < 0 ? "-" : undefined} data-level={Math.abs(level)}
      aria-label={`${says}${sample ? `, ${words.sample(sample)}` : ""}: ${hidden ? "?" : text}`}>
      {hidden ? "?" : text}
      {then && <small>{textOf(then, sample, name)}</small>}
    </button>
  );
}
