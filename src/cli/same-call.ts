import { isNewOrEmpty } from '../files/run-of-directory.ts';
import { kebab, type OptionKey } from '../settings/options.ts';
import type { Options } from '../settings/settings.ts';
import { quoted } from '../system/quoted.ts';
import { type Call, PROGRAM, withoutPassword, wordsOf } from './repeated-call.ts';

/** What a run writes into, and refuses where another one has written. */
const DIRECTORIES = ['rejects', 'backupDir', 'archiveDir'] as const satisfies readonly OptionKey[];

export interface Change {
  /** Options that are left out, with their values. */
  readonly without?: readonly OptionKey[];
  readonly more?: readonly string[];
  /** The run that goes on; otherwise it is a run of its own, but for shards, which share one. */
  readonly runId?: string | undefined;
}

/** The same command, changed. */
export function again(call: Call, { without = [], more = [], runId }: Change): string {
  const { typed, options } = call;
  const places = runId === undefined && options.shard === undefined ? otherPlaces(options, without) : new Map();
  const left = [...without, ...(options.shard === undefined ? (['runId'] as const) : []), ...places.keys()];
  const words = wordsOf(typed).flatMap(({ key, words: each }) => (key && left.includes(key) ? [] : each));
  const moved = [...places].map(([key, place]) => `--${kebab(key)} ${quoted(place)}`);
  const own = runId === undefined || options.shard !== undefined ? [] : [`--run-id ${quoted(runId)}`];
  return [PROGRAM, ...words.map(withoutPassword).map(quoted), ...own, ...moved, ...more].join(' ');
}

/** Of the directories that the command names: another one in place of each that is no longer free. */
function otherPlaces(options: Options, without: readonly OptionKey[]): ReadonlyMap<OptionKey, string> {
  const places = new Map<OptionKey, string>();
  for (const key of DIRECTORIES) {
    const place = options[key];
    if (place !== undefined && !without.includes(key) && !isNewOrEmpty(place)) places.set(key, freePlace(place));
  }
  return places;
}

/** The directory, or `DIR-2` where it is in use. */
export function freePlace(directory: string): string {
  let place = directory;
  for (let number = 2; !isNewOrEmpty(place); number++) place = `${directory}-${number}`;
  return place;
}
