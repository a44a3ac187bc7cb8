// Your turn: the answer is hidden, a learner types a number, and Python's verdict on it is looked up or asked for.
import { signal } from "@preact/signals";
import { ask, edits, record, selected, step } from "./state";
import type { Answer, Foreseen } from "./record";
import { words } from "./words";

const judged = signal<(Answer & { of: string }) | null>(null);

interface Written {
  minus: boolean;
  digits: string;
  exponent: number;
}

/** What was typed, digit by digit; null where it is no number. */
function read(text: string): Written | null {
  const match = /^([+\-−]?)(?:(\d+)(?:[.,](\d*))?|[.,](\d+))(?:[eE]([+\-−]?\d+))?$/.exec(text.trim());
  if (!match) return null;
  const whole = match[2] ?? "";
  const after = match[3] ?? match[4] ?? "";
  const digits = (whole + after).replace(/^0+/, "");
  const zeros = whole.length + after.length - digits.length;
  const exponent = whole.length - 1 - zeros + Number((match[5] ?? "0").replace("−", "-"));
  return { minus: /[-−]/.test(match[1]!), digits, exponent };
}

/** How what was typed agrees with a number of the table: cut or rounded, one unit beside that, or not. */
function agree(typed: Written, [number, raised]: Foreseen): "yes" | "near" | "no" {
  if (number === "0") return typed.digits === "" ? "yes" : "no";
  const [, minus, digits, exponent] = /^(-?)(\d+)e(-?\d+)$/.exec(number)!;
  if (typed.digits === "" || typed.minus !== (minus === "-") || typed.digits.length > digits!.length) return "no";
  // both as whole numbers of the last place that was typed
  const count = typed.digits.length + Number(exponent) - typed.exponent;
  if (count < 0 || count > digits!.length) return "no";
  const cut = BigInt(digits!.slice(0, count) || "0");
  const rounded = count > 0 && raised[count - 1] === "1" ? cut + 1n : cut;
  const own = BigInt(typed.digits);
  if (own === cut || own === rounded) return "yes";
  const apart = own - rounded;
  return typed.digits.length > 1 && (apart === 1n || apart === -1n) ? "near" : "no";
}

/** What the table says of an answer. */
function look(typed: Written, table: Foreseen[]): Answer {
  const truth = agree(typed, table[0]!);
  if (truth === "yes") return ["right", "", ""];
  const slip = table.slice(1).find((each) => agree(typed, each) === "yes");
  if (truth === "near") return ["rounded", "", ""];
  return slip ? ["wrong", slip[2], `${slip[3]}.`] : ["wrong", "", words.noMistake];
}

async function judge(text: string): Promise<void> {
  const place = selected.value!;
  const of = JSON.stringify([place, step.value]);
  const say = (answer: Answer) => (judged.value = Object.assign([...answer] as Answer, { of }));
  const written = read(text);
  if (record.value.served) {
    const value = written === null ? text.trim() : text.trim().replace(",", ".").replace("−", "-");
    const question = { about: "answer", edits: edits.value, step: step.value, of: place.name, sample: place.view, value };
    const found = await ask<{ answer: Answer }>(question);
    const [verdict, mistake, says] = found?.answer ?? ["", "", ""];
    if (found) say([verdict, mistake, says + (verdict === "wrong" && !mistake ? words.noMistake : "")]);
    return;
  }
  if (written === null) return void say(["", "", words.unreadable]);
  const table = record.value.answers[`${step.value} ${place.view} ${place.name}`];
  if (!table) return void say(["", "", words.notRecorded]);
  say(look(written, table));
}

export function Turn() {
  const place = selected.value!;
  const shown = judged.value?.of === JSON.stringify([place, step.value]) ? judged.value : null;
  return (
    <form class="turn" onSubmit={(event) => {
      event.preventDefault();
      void judge((event.currentTarget.elements.namedItem("answer") as HTMLInputElement).value);
    }}>
      <label for="answer">{words.answer(record.value.targets[place.name]?.says ?? place.name)}</label>
      <span class="field">
        <input id="answer" name="answer" inputMode="text" autocomplete="off" spellcheck={false} key={place.name} />
        <button type="submit">{words.check}</button>
      </span>
      {record.value.served && <span class="says">{words.formulaToo}</span>}
      <p id="verdict" role="status" data-verdict={shown?.[0] || undefined} data-mistake={shown?.[1] || undefined}>
        {shown && (
          <>
            {shown[0] && <b>{words.verdicts[shown[0]]} </b>}
            {shown[2]}
          </>
        )}
      </p>
    </form>
  );
}
