// How the selected number comes about, tier by tier; every symbol in it leads one level down.
import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { move, settle } from "./keys";
import { flatOf, goTo, goUp, hovered, lines, message, moment, record, selected, step, textOf, trail, turning } from "./state";
import { Turn } from "./turn";
import { words } from "./words";

export function Derivation() {
  const pane = useRef<HTMLElement>(null);
  useSignalEffect(() => {
    lines.value;
    const near = hovered.value;
    const name = selected.value?.name;
    requestAnimationFrame(() => pane.current && mark(pane.current, near, name));
  });
  const place = selected.value;
  return (
    <section id="derivation" aria-label={words.derivation} ref={pane} onKeyDown={(event) => move(event, pane.current!)}>
      {place ? <Worked /> : <p class="first">{words.first}</p>}
      {message.value && (
        <p class="message" role="alert">
          {message.value}
        </p>
      )}
    </section>
  );
}

function Worked() {
  const { name, view } = selected.value!;
  const target = record.value.targets[name];
  const value = textOf(moment.value, view, name);
  const found = lines.value;
  const flat = flatOf(moment.value, view, name);
  const where = [
    view ? words.sample(view) : record.value.several ? words.batch : "",
    words.step(step.value),
  ].filter(Boolean);
  return (
    <>
      <Trail />
      <h2>
        <Html of={target?.symbol ?? ""} />
        {value !== null && !turning.value && <span class="value">= {value}</span>}
        {value !== null && (
          <button type="button" class="quiet" aria-pressed={turning.value} onClick={() => (turning.value = !turning.value)}>
            {turning.value ? words.turnOff : words.turn}
          </button>
        )}
      </h2>
      <p class="says">
        {target?.says ?? name}, {where.join(", ")}
      </p>
      {flat && <p class="message">{flat}</p>}
      {turning.value ? <Turn /> : found === null ? <p class="says">{words.waiting}</p> : <Tiers found={found} />}
    </>
  );
}

function Trail() {
  if (trail.value.length < 2) return null;
  return (
    <nav class="trail" aria-label={words.trail}>
      <ol>
        {trail.value.map((place, level) => (
          <li key={level}>
            <button type="button" aria-current={level === trail.value.length - 1 ? "step" : undefined}
              title={record.value.targets[place.name]?.says ?? place.name} onClick={() => goTo(level)}>
              <Html of={record.value.targets[place.name]?.symbol ?? place.name} />
            </button>
          </li>
        ))}
      </ol>
      <button type="button" class="quiet" onClick={goUp}>
        {words.up}
      </button>
    </nav>
  );
}

function Tiers({ found }: { found: string[][] }) {
  if (!found.length) return <p class="says">{words.notRecorded}</p>;
  const tiers: [string, string[]][] = [];
  for (const [kind, html] of found as [string, string][]) {
    if (tiers.at(-1)?.[0] !== kind) tiers.push([kind, []]);
    tiers.at(-1)![1].push(html);
  }
  return (
    <div class="tiers">
      {tiers.map(([kind, each], number) => (
        <div class={`tier ${kind}`} key={number}>
          <h3>{words.tiers[kind] ?? kind}</h3>
          <div class="lines">
            {each.map((html, line) => (
              <div class="worked" key={line} dangerouslySetInnerHTML={{ __html: html }} />
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}

export function Html({ of }: { of: string }) {
  return <span dangerouslySetInnerHTML={{ __html: of }} />;
}

/** What a reader, a pointer or a keyboard needs of each symbol. */
function mark(pane: HTMLElement, near: string, name: string | undefined): void {
  for (const each of pane.querySelectorAll<HTMLElement>(".target")) {
    const own = each.dataset.quantity!;
    each.setAttribute("role", "button");
    each.setAttribute("aria-description", record.value.targets[own]?.says ?? own);
    each.classList.toggle("near", own === near);
    if (own === name) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
  // a formula whose symbols can be pressed is a group of them; only then are they found by assistive technology
  for (const each of pane.querySelectorAll("math")) if (each.querySelector(".target")) each.setAttribute("role", "group");
  settle(pane);
}
