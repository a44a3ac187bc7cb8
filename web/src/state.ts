// What is shown: which number, of which sample, in which step and phase; and where the numbers come from.
import { batch, computed, signal } from "@preact/signals";
import type { Curve, Line, Moment, Record_, View } from "./record";
import { words } from "./words";

export interface Place {
  name: string;
  view: number;
}

export interface Edit {
  name: string;
  sample: number | null;
  value: string;
  step?: number;
}

/** Another future than the one that is shown: its edits, and the letter that marks its curve. */
export interface Future {
  letter: string;
  edits: Edit[];
  /** Whether it stays beside the present one, whatever is edited next. */
  kept: boolean;
}

export const record = signal<Record_>(null as unknown as Record_);
export const trail = signal<Place[]>([]);
export const view = signal(0);
/** The position of the scrubber: four phases to each step. */
export const at = signal(3);
export const hovered = signal("");
export const pinned = signal<number | null>(null);
export const playing = signal(false);
export const turning = signal(false);
export const edits = signal<Edit[]>([]);
export const futures = signal<Future[]>([]);
export const message = signal("");
export const curve = signal<Curve>({ points: [], texts: [], others: [] });
/** Numbers that are lit together, such as those of a layer. */
export const lit = signal<ReadonlySet<string>>(new Set());
export const steps = signal<number[]>([1]);
export const moments = signal(new Map<number, Moment>());
/** The numbers before the last edit, with which those after it are compared. */
export const before = signal<Moment | null>(null);
/** Derivations that a server worked out, by edits, step, view and name. */
const derived = signal(new Map<string, string[][]>());

export const PHASES = 4;
export const step = computed(() => steps.value[Math.floor(at.value / PHASES)] ?? steps.value[0]!);
export const phase = computed(() => words.phases[at.value % PHASES]!);
export const selected = computed<Place | null>(() => trail.value.at(-1) ?? null);
/** The step that is shown: the chosen one, or the last one that was there while the server works. */
let last: Moment | undefined;
export const moment = computed<Moment>(() => {
  last = moments.value.get(step.value) ?? last ?? moments.value.values().next().value!;
  return last;
});
const order = computed(() => new Map(record.value.names.map((name, number) => [name, number])));

export function viewOf(of: Moment, number: number): View | undefined {
  return of.views[String(number)];
}

/** The digits of a number in a view; null where it has none. */
export function textOf(of: Moment, number: number, name: string): string | null {
  const place = order.value.get(name);
  return place === undefined ? null : (viewOf(of, number)?.texts[place] ?? null);
}

export function drawnOf(of: Moment, number: number, name: string): string | null {
  const place = order.value.get(name);
  return place === undefined ? null : (viewOf(of, number)?.drawn[place] ?? null);
}

/** What is said of a slope that is 0 or nearly so; nothing of other numbers. */
export function flatOf(of: Moment, number: number, name: string): string {
  return viewOf(of, number)?.flat[name] ?? "";
}

/** Sign and size of a number: its level, negative for a negative number. */
export function levelOf(of: Moment, number: number, name: string): number {
  const place = order.value.get(name);
  return place === undefined ? 0 : (viewOf(of, number)?.levels[place] ?? 0);
}

/** The view in which a number exists: the wished one, the batch, or the first sample. */
export function findView(name: string, wished: number): number {
  const views = [wished, 0, ...Object.keys(moment.value.views).map(Number)];
  return views.find((each) => textOf(moment.value, each, name) !== null) ?? wished;
}

/** Select a number; from within a derivation (`deeper`) one level down, else from the start. */
export function choose(name: string, sample: number | null = null, deeper = false): void {
  const found = findView(name, sample ?? view.value);
  const place = { name, view: found };
  batch(() => {
    view.value = found;
    const before = deeper ? trail.value.filter((each) => each.name !== name || each.view !== found) : [];
    trail.value = [...before, place];
    message.value = "";
  });
}

/** One level up, to the number from which this one was chosen. */
export function goUp(): void {
  if (trail.value.length > 1) goTo(trail.value.length - 2);
}

/** Back to a level of the trail. */
export function goTo(level: number): void {
  batch(() => {
    trail.value = trail.value.slice(0, level + 1);
    view.value = trail.value.at(-1)!.view;
  });
}

/** Show another sample, the selected number with it where it exists there. */
export function chooseView(number: number): void {
  batch(() => {
    view.value = number;
    const place = selected.value;
    if (place) trail.value = [...trail.value.slice(0, -1), { name: place.name, view: number }];
  });
}

/** A line of a derivation as HTML: the template with its numbers. */
function fill(line: Line): string[] {
  const [kind, template, ...numbers] = line;
  const parts = record.value.pool[template]!.split("\0");
  return [kind, parts.map((part, number) => part + (numbers[number] ?? "")).join("")];
}

const key = (place: Place) => JSON.stringify([edits.value, step.value, place.view, place.name]);

/** The lines of the selected number, each with its kind; null while they are asked for, nothing where there are none. */
export const lines = computed<string[][] | null>(() => {
  const place = selected.value;
  if (!place) return [];
  // what is the same for every sample stands with the batch alone
  const recorded = viewOf(moment.value, place.view)?.lines[place.name] ?? viewOf(moment.value, 0)?.lines[place.name];
  if (recorded) return recorded.map(fill);
  if (!record.value.served) return [];
  return derived.value.get(key(place)) ?? null;
});

// The server

const token = new URLSearchParams(location.search).get("token") ?? "";

/** Answers that the notebook around this page still owes. */
const owed = new Map<number, (reply: Reply) => void>();
type Reply = Record<string, unknown> & { error?: string };

addEventListener("message", (event) => {
  if (event.source !== parent || typeof event.data?.number !== "number") return;
  owed.get(event.data.number)?.(event.data.reply);
  owed.delete(event.data.number);
});

function askNotebook(question: object): Promise<Reply> {
  return new Promise((done) => {
    const number = owed.size + Math.floor(performance.now() * 1000);
    owed.set(number, done);
    parent.postMessage({ number, question }, "*");
  });
}

async function askServer(question: object): Promise<Reply> {
  const headers = { "content-type": "application/json", "x-token": token };
  return (await fetch("ask", { method: "POST", headers, body: JSON.stringify(question) })).json();
}

export async function ask<T>(question: object): Promise<T | null> {
  try {
    const found = await (record.value.embedded ? askNotebook(question) : askServer(question));
    if (found.error) throw new Error(found.error);
    return found as T;
  } catch (error) {
    message.value = words.failed(error instanceof Error ? error.message : String(error));
    return null;
  }
}

let asking = 0;

/** Ask the server for the numbers of the step that is shown. */
export async function fetchMoment(): Promise<void> {
  const wanted = step.value;
  if (!record.value.served || moments.value.has(wanted)) return;
  const number = ++asking;
  const found = await ask<Moment>({ about: "moment", edits: edits.value, step: wanted });
  if (found && number === asking) moments.value = new Map(moments.value).set(wanted, found);
}

/** Ask the server for the derivation of the selected number. */
export async function fetchLines(): Promise<void> {
  const place = selected.value;
  if (!record.value.served || !place || lines.value !== null) return;
  const wanted = key(place);
  const question = { about: "derivation", edits: edits.value, step: step.value, of: place.name, sample: place.view };
  const found = await ask<{ lines: string[][] }>(question);
  derived.value = new Map(derived.value).set(wanted, found?.lines ?? []);
}

let changes: Promise<unknown> = Promise.resolve();

/** Change the worksheet that is played with, after all changes before it: every number is asked for again. */
export function change(next: (now: Edit[]) => Edit[], others = leaveBehind): Promise<boolean> {
  const done = changes.then(() => {
    const now = next(edits.value);
    return askChange(now, others(now));
  });
  changes = done;
  return done;
}

export const LETTERS = ["A", "B", "C", "D", "E"];
const same = (one: Edit[], other: Edit[]) => JSON.stringify(one) === JSON.stringify(other);

/** The other futures after an edit: those that are kept, and the one that is left behind. */
function leaveBehind(next: Edit[]): Future[] {
  const kept = futures.value.filter((each) => each.kept && !same(each.edits, next));
  if (next.length < edits.value.length) return kept;
  return place(next, (next.at(-1)?.step ?? 1) > 1, kept);
}

/** The present future beside the others, none twice, the oldest given up where they are too many. */
function place(next: Edit[], kept: boolean, others: Future[]): Future[] {
  const rest = others.filter((each) => !same(each.edits, next) && !same(each.edits, edits.value));
  while (rest.length >= LETTERS.length) rest.shift();
  const letter = LETTERS.find((each) => !rest.some((other) => other.letter === each))!;
  return same(next, edits.value) ? rest : [...rest, { letter, edits: edits.value, kept }];
}

/** Go on in another future; the one that is left stays beside it. */
export function goToFuture(future: Future): Promise<boolean> {
  return change(() => future.edits, (next) => place(next, true, futures.value));
}

export function removeFuture(future: Future): Promise<boolean> {
  return change((now) => now, () => futures.value.filter((each) => each !== future));
}

async function askChange(next: Edit[], others: Future[]): Promise<boolean> {
  const shown = step.value;
  const found = await ask<{ moment: Moment; curve: Curve; record?: Record_ }>({
    about: "change",
    edits: next,
    futures: others.map((each) => each.edits),
    step: shown,
    last: steps.value.at(-1),
    shape: record.value.shape,
  });
  if (!found) return false;
  batch(() => {
    if (!same(next, edits.value)) {
      before.value = found.record ? null : moment.value;
      moments.value = new Map();
    }
    if (found.record) takeRecord(found.record, found.moment);
    edits.value = next;
    futures.value = others;
    moments.value = new Map(moments.value).set(found.moment.step, found.moment);
    curve.value = found.curve;
    message.value = "";
  });
  return true;
}

/** Another record, after an edit that changed which numbers there are: what is selected stays, where it still exists. */
function takeRecord(next: Record_, shown: Moment): void {
  record.value = { ...next, edits: next.edits, embedded: record.value.embedded };
  pinned.value = null;
  if (!viewOf(shown, view.value)) view.value = 0;
  const kept = trail.value.filter((each) => next.targets[each.name]);
  trail.value = (kept.length ? kept : [{ name: "E", view: 0 }]).map((each) => ({
    ...each,
    view: viewOf(shown, each.view) ? each.view : 0,
  }));
}

/** More steps on the scrubber. */
export async function trainOn(more: number): Promise<void> {
  const end = steps.value.at(-1)! + more;
  const others = futures.value.map((each) => each.edits);
  const found = await ask<Curve>({ about: "curve", edits: edits.value, futures: others, last: end });
  if (!found) return;
  batch(() => {
    curve.value = found;
    steps.value = Array.from({ length: found.points.length }, (_, number) => number + 1);
  });
}

// The address

let writing = 0;

/** Write what is shown to the address, once it has come to rest. */
export function writeAddress(): void {
  const found = new URLSearchParams();
  if (selected.value) found.set("of", trail.value.map((each) => each.name).join(" < "));
  if (view.value) found.set("sample", String(view.value));
  found.set("step", String(step.value));
  if (phase.value !== "update") found.set("phase", phase.value);
  if (edits.value.length) found.set("edits", JSON.stringify(edits.value));
  if (futures.value.length) found.set("futures", JSON.stringify(futures.value));
  clearTimeout(writing);
  if (!record.value.embedded) writing = setTimeout(() => history.replaceState(null, "", `#${found}`), 200);
}

export function readAddress(found: URLSearchParams): void {
  batch(() => {
    const place = steps.value.indexOf(Number(found.get("step") ?? 1));
    const phaseAt = words.phases.indexOf(found.get("phase") ?? "update");
    at.value = Math.max(0, place) * PHASES + (phaseAt < 0 ? PHASES - 1 : phaseAt);
    const wished = Number(found.get("sample") ?? 0);
    view.value = viewOf(moment.value, wished) ? wished : 0;
    const names = (found.get("of") ?? "").split(" < ").filter((name) => record.value.targets[name]);
    trail.value = names.map((name) => ({ name, view: findView(name, view.value) }));
    if (trail.value.length) view.value = trail.value.at(-1)!.view;
  });
}
