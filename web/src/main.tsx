// The page: three panes that show one selection, and the time at its foot.
import "./page.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { Derivation } from "./derivation";
import { EditPanel } from "./edit";
import { HeatPane } from "./heat";
import { LessonBar } from "./lesson";
import { Network, zoom } from "./network";
import { Numbers } from "./numbers";
import { readRecord } from "./record";
import {
  choose, chooseView, curve, fetchLines, fetchMoment, goUp, hovered, moment, moments, phase, readAddress, record,
  selected, step, steps, textOf, trainOn, view, writeAddress, change, LETTERS, lit, type Future,
} from "./state";
import { SurfacePane } from "./surface";
import { Time } from "./time";
import { words } from "./words";

function Page() {
  const { title, source, warnings } = record.value;
  return (
    <>
      <header>
        <h1>{title}</h1>
        {source && <p class="source">{source}</p>}
        {warnings.map((each) => (
          <p class="message" key={each}>{each}</p>
        ))}
        <div class="row">
          <Views />
          <LessonBar />
        </div>
      </header>
      <main>
        <div class="top">
          <Network />
          <SurfacePane />
          <HeatPane />
        </div>
        <div class="side">
          <Derivation />
          <EditPanel />
        </div>
        <Numbers />
      </main>
      <Time />
      <p class="heard" role="status">{sentence()}</p>
    </>
  );
}

/** What is selected, and what it is worth, in one sentence. */
function sentence(): string {
  const place = selected.value;
  if (!place) return `${words.step(step.value)}, ${phase.value}`;
  const where = place.view ? words.sample(place.view) : words.batch;
  const value = textOf(moment.value, place.view, place.name);
  return `${record.value.targets[place.name]?.says ?? place.name}, ${where}, ${words.step(step.value)}: ${value ?? ""}`;
}

function Views() {
  if (!record.value.several) return null;
  return (
    <div class="views" role="group" aria-label={words.samples}>
      <span class="says">{words.samples}</span>
      {Object.keys(moment.value.views).map(Number).map((each) => (
        <button type="button" key={each} aria-label={each ? words.sample(each) : undefined} aria-pressed={view.value === each} onClick={() => chooseView(each)}>
          {each ? each : words.batch}
        </button>
      ))}
    </div>
  );
}

/** The number that an event is about, and the pane that it came from. */
function find(event: Event): [HTMLElement, boolean] | null {
  const element = (event.target as Element).closest?.<HTMLElement>("[data-quantity]");
  return element ? [element, element.closest("#derivation") !== null] : null;
}

function pick(event: Event): void {
  const found = find(event);
  if (!found) return;
  const [element, deeper] = found;
  event.preventDefault();
  lit.value = new Set();
  const sample = element.dataset.sample === undefined ? null : Number(element.dataset.sample);
  const inTable = element.closest("#numbers") !== null;
  choose(element.dataset.quantity!, inTable && !element.dataset.shared ? (sample ?? 0) : sample, deeper);
}

/** The steps and edits of an address, which a server has to work out first. */
async function catchUp(wished: URLSearchParams): Promise<void> {
  if (record.value.trains) await trainOn(99);
  const [kept, others] = [wished.get("edits"), wished.get("futures")];
  if (kept || others) await change(() => JSON.parse(kept ?? "[]"), () => readFutures(others));
  if (Number(wished.get("step") ?? 1) > 1) readAddress(wished);
}

/** The futures of an address; those that are none are left out. */
function readFutures(text: string | null): Future[] {
  const found: Future[] = text ? JSON.parse(text) : [];
  return found.filter((each) => LETTERS.includes(each.letter) && Array.isArray(each.edits)).slice(0, LETTERS.length);
}

async function start(): Promise<void> {
  record.value = await readRecord();
  const found = record.value;
  moments.value = new Map(found.moments.map((each) => [each.step, each]));
  steps.value = found.steps;
  curve.value = found.curve;
  view.value = Number(Object.keys(found.moments[0]!.views).at(-1 - Math.max(0, Object.keys(found.moments[0]!.views).length - 2)) ?? 0);
  document.addEventListener("click", pick);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") zoom.value ? (zoom.value = null) : goUp();
    else if ((event.key === "Enter" || event.key === " ") && (event.target as Element).getAttribute("role") === "button") pick(event);
  });
  document.addEventListener("pointerover", (event) => (hovered.value = find(event)?.[0].dataset.quantity ?? ""));
  document.addEventListener("focusin", (event) => (hovered.value = find(event)?.[0].dataset.quantity ?? ""));
  const wished = new URLSearchParams(location.hash.slice(1));
  if (wished.size) readAddress(wished);
  if (!selected.value) choose("E");
  render(<Page />, document.getElementById("page")!);
  effect(writeAddress);
  effect(() => void fetchMoment());
  effect(() => void fetchLines());
  addEventListener("hashchange", () => readAddress(new URLSearchParams(location.hash.slice(1))));
  if (found.served) await catchUp(wished);
}

void start();
