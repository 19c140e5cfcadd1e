import type { MappingContext, MappingOptions, RecordMapper, SourceContext } from '../datasets/dataset.ts';
import type { Registry } from '../datasets/registry.ts';
import { isoNanoseconds } from '../files/manifest.ts';
import { openScratch } from '../files/scratch.ts';
import { nameOf } from '../inventory/recognise-file.ts';
import { type NamedCollection, type Origin, originOf, stemOf } from '../inventory/source.ts';
import type { Way } from '../json/pointer.ts';
import { type Container, pathText } from '../json/split.ts';
import { compileTimeReader } from '../time/time.ts';
import type { BlockReaders } from './blocks/block-reader.ts';
import type { FileToCheck } from './chunk.ts';
import { collectionsIn, membersElsewhere, valuesTaken, waysInside } from './collections.ts';
import { ContainedRecords } from './contained-records.ts';
import { CurrentStates } from './current-states.ts';
import { OccurrenceCounter } from './occurrence-counter.ts';
import { type ReadOptions, RecordReader } from './read.ts';
import { documentValues, membersBeside } from './shared-members.ts';
import type { StateFiles } from './state-files.ts';
import type { Taker } from './validate.ts';

/** What opening a file depends on. */
export interface OpenSettings extends MappingOptions, Pick<ReadOptions, 'encoding' | 'maxRecordBytes'> {
  readonly tempDir: string | undefined;
}

/** A file that is read for one dataset. */
export interface OpenFile {
  readonly reader: RecordReader;
  readonly mapper: RecordMapper;
  readonly source: SourceContext;
  readonly origin: Origin;
  /** Members beside the records of which each has them. */
  readonly beside: SourceContext['shared'];
  readonly ownerBeside: string | undefined;
  readonly keyNamesOwner: boolean;
  readonly taker: Taker | undefined;
  /** Of datasets that look at the same records the first: what cannot be read is told once. */
  readonly tellsUnread: boolean;
  /** Where files may hold several states of a record. */
  readonly states: CurrentStates | undefined;
  /** Frees what was kept for this file alone. */
  readonly close: () => void;
  /** Records that were looked at. */
  read: number;
}

/** Opens files, each with the mapper of the dataset that it is read for and what a mapping may know of the file. */
export class FileOpener {
  private readonly settings: OpenSettings;
  private readonly registry: Registry;
  private readonly context: MappingContext;
  private readonly mappers = new Map<string, { readonly dataset: string; readonly mapper: RecordMapper }>();
  /** What was told of members. */
  private readonly told = new Set<string>();
  private readonly blocks: BlockReaders;
  private openedOccurrences: OccurrenceCounter | undefined;
  /** By dataset, of all files together. */
  private readonly states = new Map<string, CurrentStates>();
  /** The files that may hold states of records of the file that is opened next. */
  stateFiles: StateFiles = {};

  constructor(settings: OpenSettings, registry: Registry, blocks: BlockReaders) {
    this.settings = settings;
    this.registry = registry;
    this.blocks = blocks;
    this.context = { ...settings, readTime: compileTimeReader(settings.naiveTime) };
  }

  /** Begins with another file. */
  begin(): void {
    this.openedOccurrences?.begin();
  }

  /** Opens a file for one of the datasets that take from it. */
  async open(file: FileToCheck, collection: NamedCollection, all: readonly NamedCollection[]): Promise<OpenFile> {
    const { read, ...open } = await this.find(file, collection, all);
    const { mapper, source } = open;
    const { dataset: name, container } = collection;
    const peers = peersOf(container, all);
    const taker = this.takerOf(name, container, peers, all);
    const plain = source.shared === undefined && taker === undefined ? mapper.plain : undefined;
    const isPlaced = open.origin.record !== null || (container.kind === 'path' && container.isPlaced);
    const blocks = plain && !isPlaced ? this.blocks.readerFor(mapper, source) : undefined;
    const reader = read({ plain, blocks });
    const shared = mapper.states && (await this.sharedStates(file, name));
    const own = mapper.states && shared === undefined ? new CurrentStates(this.settings.tempDir) : undefined;
    await own?.add(read({}).records(), mapper, source);
    return {
      ...open,
      read: 0,
      states: shared ?? own,
      close: () => own?.close(),
      reader,
      taker,
      tellsUnread: peers[0] === name,
    };
  }

  /** What a file is for one of the datasets that take from it, and how it is read. */
  private async find(
    { path, place, mtimeNs, recognised }: FileToCheck,
    { dataset: name, container }: NamedCollection,
    all: readonly NamedCollection[],
  ) {
    const { compression, owner } = recognised;
    const origin = originOf(path, { ...recognised, container });
    const dataset = this.registry.get(name);
    const mapper = this.mapperOf(name, waysInside(container, all));
    // A record was decoded when it was taken out of its file.
    const encoding = origin.record === null ? this.settings.encoding : 'utf-8';
    const elsewhere = membersElsewhere(all, { dataset: name, container }, recognised.elsewhere);
    const asked = valuesTaken(all, this.registry);
    const reading = { ...this.settings, encoding, container, compression, elsewhere, asked };
    const beside = origin.shared ?? (await membersBeside(place, reading, dataset));
    const ownerBeside = dataset.isOwnedBeside ? Object.values(beside ?? {})[0] : undefined;
    const shared = dataset.isOwnedBeside || dataset.asked ? undefined : beside;
    const source: SourceContext = {
      stem: stemOf(nameOf(origin.path)),
      container: origin.container,
      member: origin.member ?? undefined,
      path: origin.path,
      // A file of a directory of rejects is as old as the run that wrote it.
      ...(mtimeNs !== undefined && recognised.origin === undefined && { mtime: isoNanoseconds(mtimeNs) }),
      owner: ownerBeside ?? owner.owner,
      document: dataset.asked && documentValues(beside, dataset.asked),
      shared,
      occurrenceOf: (content) => this.occurrences.of(content),
    };
    const { contain } = mapper;
    const read = (more: Partial<ReadOptions>): RecordReader => {
      const options = { ...reading, ...more };
      // A record that was rejected was found already.
      if (contain === undefined || origin.record !== null) return new RecordReader(place, options);
      return new ContainedRecords(place, options, { contain, source, repair: this.settings.repair });
    };
    const keyNamesOwner = dataset.keyNamesOwner === true;
    return { read, mapper, source, origin, beside, ownerBeside, keyNamesOwner };
  }

  /** The states in all files of a dataset, where several may have them: looked for once. */
  private async sharedStates({ path }: FileToCheck, name: string): Promise<CurrentStates | undefined> {
    const files = this.stateFiles[name] ?? [];
    if (!files.some((file) => file.path === path)) return undefined;
    const known = this.states.get(name);
    if (known !== undefined) return known;
    const states = new CurrentStates(this.settings.tempDir);
    this.states.set(name, states);
    for (const file of files) {
      const all = collectionsIn(file.dataset, file.recognised, this.registry);
      for (const collection of all.filter(({ dataset }) => dataset === name)) {
        const { read, mapper, source } = await this.find(file, collection, all);
        await states.add(read({}).records(), mapper, source);
      }
    }
    return states;
  }

  private mapperOf(name: string, inside: readonly Way[]): RecordMapper {
    const known = inside.length === 0 ? name : JSON.stringify([name, inside]);
    const mapper = this.mappers.get(known)?.mapper ?? this.registry.get(name).compile(this.context, inside);
    this.mappers.set(known, { dataset: name, mapper });
    return mapper;
  }

  /** Watched members that were there and that nobody was told of. */
  takeSeen(): readonly (readonly [dataset: string, member: string])[] {
    const found: [string, string][] = [];
    for (const { dataset, mapper } of this.mappers.values()) {
      for (const member of mapper.seen?.() ?? []) {
        const name = JSON.stringify([dataset, member]);
        if (!this.told.has(name)) found.push([dataset, member]);
        this.told.add(name);
      }
    }
    return found;
  }

  /** Of datasets that look at the same records each takes its own; what none takes the first of them rejects. */
  private takerOf(
    name: string,
    container: Container,
    names: readonly string[],
    all: readonly NamedCollection[],
  ): Taker | undefined {
    const inside = waysInside(container, all);
    const peers = names.map((each) => ({ name: each, takes: this.mapperOf(each, inside).takes }));
    if (peers.length < 2 && peers[0]?.takes === undefined) return undefined;
    return (record, source) => {
      const [taker, other] = peers.filter(({ takes }) => takes === undefined || takes(record, source));
      if (taker?.name === name) return other === undefined ? 'own' : 'several';
      return taker === undefined && peers[0]?.name === name ? 'nobody' : 'another';
    };
  }

  /** Most datasets ask for none. */
  private get occurrences(): OccurrenceCounter {
    this.openedOccurrences ??= new OccurrenceCounter(openScratch(this.settings.tempDir));
    return this.openedOccurrences;
  }
}

/** The datasets that look at the same records. */
function peersOf(container: Container, all: readonly NamedCollection[]): readonly string[] {
  return all.filter((each) => wayOf(each.container) === wayOf(container)).map(({ dataset }) => dataset);
}

/** Where records lie, as text: equal for those that are the same. */
function wayOf(container: Container): string {
  if (container.kind === 'path') return pathText(container.steps);
  return container.kind === 'member' ? container.name : container.kind;
}
