import { MAPPING_OPTIONS } from './mapping-fingerprint.ts';
import { shownParameters } from './option-values.ts';
import type { RunSettings } from './settings.ts';

/** What all shards of a run must have in common: every option that decides which records are loaded, and how. */
const PLAN_OPTIONS = [
  ...MAPPING_OPTIONS,
  'recipe',
  'parameter',
  'only',
  'include',
  'exclude',
  'ignore',
  'maxErrors',
] as const;

/** The root and these options, as JSON values by name. */
export type RunPlan = Readonly<Record<string, unknown>>;

export function runPlan(settings: RunSettings, root: string): RunPlan {
  const values = Object.fromEntries(PLAN_OPTIONS.map((key) => [key, settings[key] ?? null]));
  return { root, ...values, parameter: shownParameters(settings.parameter) };
}

/** The names of what differs. */
export function planDifferences(one: RunPlan, other: RunPlan): readonly string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]));
}
