// Changing the worksheet: each edit goes to the server, and every number that follows from it comes back.
import { Html } from "./derivation";
import { signal } from "@preact/signals";
import { ask, change, edits, moment, record, step, textOf, type Edit } from "./state";
import { words } from "./words";

/** Whether edits count from the step that is shown, so that two futures stand beside each other. */
const fromHere = signal(false);
const same = (one: Edit, name: string, sample: number | null) => one.name === name && one.sample === sample;
const branching = () => fromHere.value && step.value > 1;

function current(name: string, sample: number | null, given: string): string {
  const last = edits.value.findLast((each) => same(each, name, sample));
  if (branching() && sample === null && last?.step !== step.value) return textOf(moment.value, 0, name) ?? given;
  return last?.value ?? given;
}

export function EditPanel() {
  if (!record.value.served) return <p class="needs">{words.needsServer}</p>;
  const { edits: fields, choices } = record.value;
  const shared = fields.filter(([, sample]) => sample === null);
  const samples = [...new Set(fields.map(([, sample]) => sample))].filter((each) => each !== null);
  return (
    <details id="edit" open>
      <summary>{words.edit}</summary>
      <div class="bar">
        <button type="button" disabled={!edits.value.length} onClick={() => change((now) => now.slice(0, -1))}>
          {words.undo}
        </button>
        <button type="button" onClick={save}>{words.save}</button>
        {!record.value.embedded && (
          <label class="button">
            {words.open}
            <input type="file" accept=".toml" onChange={(event) => open(event.currentTarget)} />
          </label>
        )}
      </div>
      {step.value > 1 && (
        <div class="bar from" role="group" aria-label={words.changeFrom}>
          <span class="says">{words.changeFrom}</span>
          <button type="button" aria-pressed={!fromHere.value} onClick={() => (fromHere.value = false)}>
            {words.fromStart}
          </button>
          <button type="button" aria-pressed={fromHere.value} onClick={() => (fromHere.value = true)}>
            {words.fromHere(step.value)}
          </button>
        </div>
      )}
      <div class="fields">
        {shared.map(([name, sample, value]) => (
          <Field key={name} name={name} sample={sample} value={value} />
        ))}
      </div>
      {samples.map((sample) => (
        <fieldset key={sample}>
          <legend>{words.sample(sample)}</legend>
          <div class="fields">
            {fields
              .filter((each) => each[1] === sample)
              .map(([name, , value]) => (
                <Field key={name} name={name} sample={sample} value={value} />
              ))}
          </div>
        </fieldset>
      ))}
      <div class="fields">
        {choices.map(({ name, label, value, options, fixed }) => (
          <label key={name} class="choice">
            {label}
            <select data-edit={name} value={current(name, null, value)} disabled={fixed !== undefined}
              onChange={(event) => put(event.currentTarget, name, null)}>
              {options.map((each) => (
                <option value={each}>{each.replaceAll("_", " ")}</option>
              ))}
            </select>
          </label>
        ))}
      </div>
      {[...new Set(choices.map((each) => each.fixed))].map((each) => each && <p class="says" key={each}>{each}</p>)}
    </details>
  );
}

function Field({ name, sample, value }: { name: string; sample: number | null; value: string }) {
  const now = current(name, sample, value);
  const target = record.value.targets[name];
  const says = target?.says ?? name;
  return (
    <label>
      <Html of={target?.symbol ?? name} />
      <input data-edit={name} data-sample={sample ?? undefined} key={now} defaultValue={now} inputMode="decimal"
        aria-label={sample === null ? says : `${says}, ${words.sample(sample)}`}
        onChange={(event) => put(event.currentTarget, name, sample)} />
    </label>
  );
}

async function put(field: HTMLInputElement | HTMLSelectElement, name: string, sample: number | null): Promise<void> {
  const value = field.value.trim().replace(",", ".").replace("−", "-");
  const numbered = field instanceof HTMLInputElement;
  const edit = { name, sample, value, step: numbered && branching() ? step.value : 1 };
  const done = await change((now) => [...now, edit]);
  field.setAttribute("aria-invalid", String(!done));
}

async function save(): Promise<void> {
  const found = await ask<{ text: string }>({ about: "save", edits: edits.value });
  if (!found) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([found.text], { type: "application/toml" }));
  link.download = "worksheet.toml";
  link.click();
  URL.revokeObjectURL(link.href);
}

async function open(field: HTMLInputElement): Promise<void> {
  const file = field.files?.[0];
  if (!file) return;
  const found = await ask<{ opened: boolean }>({ about: "open", text: await file.text() });
  field.value = "";
  if (!found) return;
  history.replaceState(null, "", location.pathname + location.search);
  location.reload();
}

