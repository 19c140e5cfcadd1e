import type { FoundRow, Transaction } from '../databases/transaction.ts';
import { type Finding, STRICT_FILE } from '../reject.ts';
import { answerOf, lookupName, type Reference, type RowGroup, unknownReferences } from '../schema/row-group.ts';
import type { AttemptStep } from './attempt-step.ts';
import type { Fates } from './fates.ts';
import { type LookupRow, type LookupRows, makeLookupRows } from './lookup-rows.ts';
import { type Offer, offersOf } from './offers.ts';
import { type Found, findNamed, hitOf, resolve } from './references.ts';
import { refusal } from './step-writer.ts';

export interface ResolvedSteps {
  /** Whose references are filled. */
  readonly ready: readonly AttemptStep[];
  /** Those that refer to rows of others, which must be written before. */
  readonly waiting: readonly AttemptStep[];
}

export interface ResolverOptions {
  readonly transaction: Transaction;
  readonly fates: Fates;
  /** Of a dry run: rows that were made for records which were rejected. A run would not have them. */
  readonly vain: LookupRows;
}

/** Fills the references of steps, and makes the rows that they name where the declaration says so. */
export class Resolver {
  private readonly options: ResolverOptions;
  private readonly made = new Map<string, LookupRow & { readonly steps: AttemptStep[] }>();

  constructor(options: ResolverOptions) {
    this.options = options;
  }

  /** Rows that were made, each with the steps that name it. */
  get madeRows(): ReadonlyMap<string, LookupRow & { readonly steps: readonly AttemptStep[] }> {
    return this.made;
  }

  async resolve(steps: readonly AttemptStep[]): Promise<ResolvedSteps> {
    const named = (some: readonly AttemptStep[]) => some.flatMap(({ group }) => unknownReferences(group));
    const references = named(steps);
    if (references.length === 0) return { ready: steps, waiting: [] };
    const found = new Map(await findNamed(references, this.options.transaction));
    const missing = references.filter((reference) => hitOf(reference, found) === undefined);
    const offers = offersOf(missing, steps);
    for (const [name, { value }] of offers) if (value !== undefined) found.set(name, { value });
    const waits = ({ group }: AttemptStep): boolean =>
      unknownReferences(group).some((each) => hitOf(each, found) === undefined && offerTo(each, offers));
    const all = new Set(offers.size === 0 ? [] : steps.filter(waits));
    // In a circle nobody is first.
    const waiting = all.size === steps.length ? new Set<AttemptStep>() : all;
    const ready = steps.filter((step) => !waiting.has(step));
    const lacking = named(ready).filter((each) => each.make && hitOf(each, found) === undefined);
    const refused = lacking.length === 0 ? NOTHING : await this.make(lacking, found);
    this.note(ready);
    const filled = ready.filter((step) => this.fill(step, found, refused));
    for (const step of offers.size === 0 ? [] : filled) step.group = withOffered(step.group, offers);
    return { ready: filled, waiting: [...waiting] };
  }

  private async make(
    lacking: readonly Reference[],
    found: Map<string, FoundRow>,
  ): Promise<ReadonlyMap<string, string>> {
    const { made, refused, found: again } = await makeLookupRows(lacking, this.options.transaction);
    for (const [name, row] of made) this.made.set(name, { ...row, steps: [] });
    for (const [name, hit] of again) found.set(name, hit);
    return refused;
  }

  /** Whose the made rows are. */
  private note(steps: readonly AttemptStep[]): void {
    const { vain } = this.options;
    if (this.made.size + vain.size === 0) return;
    for (const step of steps) {
      for (const { make, lookups } of unknownReferences(step.group)) {
        const lookup = lookups.at(-1);
        if (make === undefined || lookup === undefined) continue;
        const name = lookupName(lookup);
        const before = vain.get(name);
        if (before && !this.made.has(name)) this.made.set(name, { ...before, steps: [] });
        this.made.get(name)?.steps.push(step);
      }
    }
  }

  /** Of a file that is refused as a whole the rows that its records refer to are not written either. */
  private findingFor(step: AttemptStep, finding: Finding): Finding {
    const hasOwn = step.record.lead !== undefined || step.part.collection !== undefined;
    return hasOwn && this.options.fates.isInRefusedFile(step) ? STRICT_FILE : finding;
  }

  private fill(step: AttemptStep, found: Found, refused: ReadonlyMap<string, string>): boolean {
    const { fates } = this.options;
    const result = resolve(step.group, found);
    if ('finding' in result) {
      const names = unknownReferences(step.group).flatMap(({ lookups }) => lookups.map(lookupName));
      const constraint = names.map((name) => refused.get(name)).find((each) => each !== undefined);
      fates.reject(
        step,
        constraint === undefined
          ? this.findingFor(step, result.finding)
          : refusal(`a row that this record names: ${constraint}`),
      );
      return false;
    }
    step.group = result.group;
    for (const { column, lookups } of result.empty) fates.warnNull(step, column, lookups);
    return true;
  }
}

/** What comes with the row is not there yet: the database checks that it comes. */
function withOffered(group: RowGroup, offers: ReadonlyMap<string, Offer>): RowGroup {
  const offered = unknownReferences(group).flatMap((reference): Reference[] => {
    const value = offerTo(reference, offers)?.value;
    const lookup = reference.lookups.at(-1);
    if (value === undefined || lookup === undefined) return [];
    const { table, words } = lookup;
    const answer = answerOf(lookup);
    const { column, pointer } = reference;
    return [{ column, pointer, isEnforced: true, lookups: [{ table, words, answer, by: [answer], key: [value] }] }];
  });
  return offered.length === 0 ? group : { ...group, references: [...(group.references ?? []), ...offered] };
}

const NOTHING: ReadonlyMap<string, string> = new Map();

function offerTo({ lookups }: Reference, offers: ReadonlyMap<string, Offer>): Offer | undefined {
  return lookups.map((lookup) => offers.get(lookupName(lookup))).find((offer) => offer !== undefined);
}
