import { collectionsIn, membersElsewhere, valuesTaken, waysInside } from '../checking/collections.ts';
import { type ReadOptions, RecordReader } from '../checking/read.ts';
import { parseRecord } from '../checking/validate.ts';
import type { Dataset, WayBack } from '../datasets/dataset.ts';
import { kindOf } from '../datasets/misfits.ts';
import type { Registry } from '../datasets/registry.ts';
import type { NamedCollection, RecognisedFile, SourceFile } from '../inventory/source.ts';
import { joinPointer } from '../json/pointer.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { Table } from '../schema/table.ts';
import type { RunSettings } from '../settings/settings.ts';

/** A member that records of a dataset have, and where it goes. */
export interface Field {
  readonly dataset: string;
  /** `*` stands for any index; settings are listed by their names. */
  readonly pointer: string;
  /** How often it was seen with which kind of value. */
  readonly types: Readonly<Record<string, number>>;
  /** `table.column`, or `table.extra` where no column holds it. */
  readonly goes_to: string;
  /** What `export` makes of it; null of a dataset that does not say so. */
  readonly way_back: WayBack | null;
}

/** Distinct members that are listed; a file whose names are data would otherwise need memory without end. */
const MOST_FIELDS = 10_000;

/** The type of members of the file that are no part of a record. */
const BESIDE = 'beside the records';
/** And of those that hold data. */
const UNTAKEN = 'data of no dataset';

/** Counts the members of every record: `scan --fields`. */
export class FieldCounts {
  private readonly counts = new Map<string, { dataset: Dataset; pointer: string; types: Map<string, number> }>();

  private readonly registry: Registry;

  constructor(registry: Registry) {
    this.registry = registry;
  }

  async addFile(file: SourceFile, recognised: RecognisedFile, settings: RunSettings): Promise<void> {
    const collections = collectionsIn(recognised.dataset, recognised, this.registry);
    for (const collection of collections) {
      const elsewhere = membersElsewhere(collections, collection, recognised.elsewhere);
      const asked = valuesTaken(collections, this.registry);
      const inside = new Set(waysInside(collection.container, collections).map(([name = '']) => name));
      await this.addCollection(
        file,
        collection,
        { ...settings, ...recognised, elsewhere, asked },
        { ...settings, inside },
      );
    }
  }

  private async addCollection(
    file: SourceFile,
    { dataset: name, container }: NamedCollection,
    options: Omit<ReadOptions, 'container'>,
    { repair, inside }: { readonly repair: readonly string[]; readonly inside: ReadonlySet<string> },
  ): Promise<void> {
    const dataset = this.registry.get(name);
    const reader = new RecordReader(file.place, { ...options, container });
    for await (const group of reader.records()) {
      for (const raw of group) {
        const parsed = parseRecord(raw, repair);
        if ('rejects' in parsed) continue;
        const { key, value } = parsed.record;
        // Settings: every member of the file is a record.
        if (key !== undefined && dataset.destinations.get('/*')?.includes('.'))
          this.count(dataset, joinPointer('', key), value);
        else this.addMembers(dataset, '', value, inside);
      }
    }
    for (const pointer of reader.beside.collectionPointers) this.add(dataset, pointer, UNTAKEN, 1);
    for (const [name, times] of reader.beside.envelope)
      this.add(dataset, name.startsWith('/') ? name : joinPointer('', name), BESIDE, times);
  }

  list(): Field[] {
    return [...this.counts.values()]
      .map(({ dataset, pointer, types }) => {
        const way_back = wayBack(dataset, pointer, types);
        const goes_to = goesTo(types, this.destinationOf(dataset, pointer), way_back);
        return { dataset: dataset.name, pointer, types: Object.fromEntries(types), goes_to, way_back };
      })
      .toSorted((a, b) => (a.dataset + a.pointer < b.dataset + b.pointer ? -1 : 1));
  }

  /** `inside` are members that other datasets take. */
  private addMembers(dataset: Dataset, pointer: string, value: JsonValue, inside?: ReadonlySet<string>): void {
    if (Array.isArray(value)) {
      for (const item of value) this.addMembers(dataset, `${pointer}/*`, item);
    } else if (isJsonObject(value)) {
      // The names of a map that is a child are values.
      const isMap = dataset.waysBack !== undefined && dataset.destinations.has(`${pointer}/*`);
      for (const member of Object.keys(value).filter((each) => inside?.has(each) !== true))
        this.addMember(dataset, isMap ? `${pointer}/*` : joinPointer(pointer, member), value[member] ?? null);
    }
  }

  /** Members whose own members go to columns are opened; the others are counted as they are. */
  private addMember(dataset: Dataset, pointer: string, value: JsonValue): void {
    const isOpened = [...dataset.destinations.keys()].some((known) => known.startsWith(`${pointer}/`));
    if (isOpened && typeof value === 'object') this.addMembers(dataset, pointer, value);
    else this.count(dataset, pointer, value);
  }

  protected count(dataset: Dataset, pointer: string, value: JsonValue): void {
    this.add(dataset, pointer, value === null ? 'null' : kindOf(value).replace(/^an? /, ''), 1);
  }

  private add(dataset: Dataset, pointer: string, type: string, times: number): void {
    const key = `${dataset.name} ${pointer}`;
    let field = this.counts.get(key);
    if (field === undefined) {
      if (this.counts.size >= MOST_FIELDS) return;
      field = { dataset, pointer, types: new Map() };
      this.counts.set(key, field);
    }
    field.types.set(type, (field.types.get(type) ?? 0) + times);
  }

  private destinationOf(dataset: Dataset, pointer: string): Destination {
    const known = dataset.destinations.get(pointer) ?? dataset.destinations.get('/*');
    const [name = '', column] = known?.split('.') ?? [];
    if (known && column) return { name: known, isRest: this.registry.tables.find(name)?.rest === column };
    for (let parent = pointer; parent !== ''; parent = parent.slice(0, parent.lastIndexOf('/'))) {
      const table = this.registry.tables.find(dataset.destinations.get(parent) ?? '');
      if (table) return restAsDestination(table);
    }
    return restAsDestination(dataset.tables[0] ?? dataset.layout.table);
  }
}

interface Destination {
  /** Undefined where nothing keeps what no column holds. */
  readonly name: string | undefined;
  /** It takes what no column holds. */
  readonly isRest: boolean;
}

function restAsDestination({ name, rest }: Table): Destination {
  return { name: rest && `${name}.${rest}`, isRest: true };
}

/** Members that are kept nowhere are dropped by a rule, or reject their record. */
function goesTo(types: ReadonlyMap<string, number>, { name, isRest }: Destination, way: WayBack | null): string {
  if (types.has(UNTAKEN)) return 'rejected (second-collection)';
  if (types.has(BESIDE)) return 'dropped (envelope)';
  const isAbsent = types.size === 1 && types.has('null');
  if (isAbsent && isRest) return 'dropped (null-member)';
  return name ?? (way === 'one-way' ? 'dropped (ignored-member)' : 'rejected (unmapped-member)');
}

/** Of the nearest member around it that the declaration names. */
function wayBack({ waysBack }: Dataset, pointer: string, types: ReadonlyMap<string, number>): WayBack | null {
  if (waysBack === undefined) return null;
  if (types.has(BESIDE) || types.has(UNTAKEN) || waysBack.get('') === 'one-way') return 'one-way';
  for (let around = pointer; around !== ''; around = around.slice(0, around.lastIndexOf('/'))) {
    const known = waysBack.get(around);
    if (known !== undefined) return known;
  }
  return 'exact';
}
