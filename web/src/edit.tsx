// Changing the worksheet: each edit goes to the server, and every number that follows from it comes back.
import { Html } from "./derivation";
import { ask, change, edits, record, type Edit } from "./state";
import { words } from "./words";

const same = (one: Edit, name: string, sample: number | null) => one.name === name && one.sample === sample;

function current(name: string, sample: number | null, given: string): string {
  return edits.value.findLast((each) => same(each, name, sample))?.value ?? given;
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
        <button type="button" disabled={!edits.value.length} onClick={() => change(edits.value.slice(0, -1))}>
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
        {choices.map(({ name, label, value, options }) => (
          <label key={name} class="choice">
            {label}
            <select data-edit={name} value={current(name, null, value)}
              onChange={(event) => put(event.currentTarget, name, null)}>
              {options.map((each) => (
                <option value={each}>{each.replaceAll("_", " ")}</option>
              ))}
            </select>
          </label>
        ))}
      </div>
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
  const done = await change([...edits.value, { name, sample, value }]);
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

