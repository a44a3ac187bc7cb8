// What Python records of a worksheet; the page shows it and computes nothing.

/** A line of a derivation: its kind, its template, and the numbers that stand in it. */
export type Line = [kind: string, template: number, ...numbers: string[]];

/** One sample's (or the batch's) numbers in one step, in the order of the record's names, and their derivations. */
export interface View {
  texts: (string | null)[];
  drawn: (string | null)[];
  levels: number[];
  /** Slopes that are 0 or nearly so, each with a sentence. */
  flat: Record<string, string>;
  lines: Record<string, Line[]>;
}

export interface Surface {
  side: number;
  levels: string;
  range: [string, string];
  axes: [string, string];
  ends: [[string, string], [string, string]];
  samples: [number, number, number, string][];
}

/** The output over one input, and the samples. */
export interface Fit {
  points: [number, number][];
  range: [string, string];
  axis: string;
  ends: [string, string];
  samples: [number, number, number][];
}

export interface Moment {
  step: number;
  views: Record<string, View>;
  surface: Surface | null;
  fit: Fit | null;
  /** For each heat map its largest weight, and a letter for each weight, unit after unit. */
  maps: [largest: string, letters: string][];
}

/** The units that a heat map can be of, how many units they hear, and the columns of the grid that these make. */
export interface HeatMap {
  units: string[];
  from: number;
  columns: number;
}

export interface Target {
  symbol: string;
  /** The symbol on one line, as plain text; empty where there is none. */
  text: string;
  says: string;
  way: string[];
}

export interface Curve {
  points: [number, number][];
  texts: string[];
  /** The curves of the other futures, on the same scale. */
  others: [number, number][][];
}

/** What an answer is worth: verdict, mistake, and what is said of it. */
export type Answer = [verdict: string, mistake: string, says: string];

/** The digits of a number, at how many digits rounding raises the last, and the mistake that gives it; none: the truth. */
export type Foreseen = [digits: string, raised: string, mistake: string, says: string];

export type Lesson = [of: string, says: string, sample: number, step: number, ask: boolean];

export interface Choice {
  name: string;
  label: string;
  value: string;
  options: string[];
  /** Why there is nothing to choose. */
  fixed?: string;
}

export interface Record_ {
  title: string;
  source: string;
  warnings: string[];
  served: boolean;
  embedded?: boolean;
  trains: boolean;
  several: boolean;
  drawing: { wide: string; tall: string };
  scales: Record<string, string>;
  /** The numbers of the table; `common` are those that all samples share. */
  groups: [phase: string, title: string, names: string[], common: boolean][];
  /** The numbers of the table in the order in which a step computes them, layer by layer. */
  stages: [phase: string, names: string[]][];
  maps: HeatMap[];
  /** Number of steps of one pass over the data. */
  epoch: number;
  names: string[];
  targets: Record<string, Target>;
  steps: number[];
  moments: Moment[];
  curve: Curve;
  answers: Record<string, Foreseen[]>;
  edits: [name: string, sample: number | null, value: string][];
  choices: Choice[];
  lessons: Lesson[];
  pool: string[];
  /** What records with the same names have in common. */
  shape?: string;
}

/** The record that stands in the page, base64 of gzip of JSON. */
export async function readRecord(): Promise<Record_> {
  const text = document.getElementById("record")!.textContent!;
  const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}
