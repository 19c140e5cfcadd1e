import { parse } from 'yaml';
import { type Inference, infer } from '../../src/inference/infer.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import type { GivenOptions } from '../../src/settings/settings.ts';
import { plant, type Tree } from './trees.ts';

/** A dataset or a child of one, as the proposal declares it. */
export interface ProposedText {
  readonly files?: string;
  readonly exclude?: readonly string[];
  readonly when?: unknown;
  readonly records?: string;
  readonly key?: string | readonly string[];
  readonly columns: Readonly<Record<string, unknown>>;
  readonly children?: Readonly<Record<string, ProposedText>>;
  readonly link?: Readonly<Record<string, string>>;
  readonly rest?: string;
}

/** What `init` proposes for these files. */
export async function proposedFor(
  files: Tree,
  options: GivenOptions = {},
): Promise<Inference & { readonly proposed: Readonly<Record<string, ProposedText>> }> {
  const root = plant(files);
  const found = await infer(root, runSettings({ root, ...options }));
  return { ...found, proposed: parse(found.text).datasets };
}

/** So many records, which differ by their number. */
export function records<T>(count: number, make: (number: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index + 1));
}
