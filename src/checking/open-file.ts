import type { MappingContext, MappingOptions, RecordMapper, SourceContext } from '../datasets/dataset.ts';
import type { Registry } from '../datasets/registry.ts';
import { openScratch } from '../files/scratch.ts';
import { nameOf } from '../inventory/recognise-file.ts';
import { type NamedCollection, type Origin, originOf, stemOf } from '../inventory/source.ts';
import type { Way } from '../json/pointer.ts';
import { type Container, pathText } from '../json/split.ts';
import { compileTimeReader } from '../time/time.ts';
import type { FileToCheck } from './chunk.ts';
import { membersElsewhere, waysInside } from './collections.ts';
import { CurrentStates } from './current-states.ts';
import { OccurrenceCounter } from './occurrence-counter.ts';
import { type ReadOptions, RecordReader } from './read.ts';
import { documentValues, membersBeside } from './shared-members.ts';
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
  /** Where the file may hold several states of a record. */
  readonly states: CurrentStates | undefined;
  /** Records that were looked at. */
  read: number;
}

/** Opens files, each with the mapper of the dataset that it is read for and what a mapping may know of the file. */
export class FileOpener {
  private readonly settings: OpenSettings;
  private readonly registry: Registry;
  private readonly context: MappingContext;
  private readonly mappers = new Map<string, RecordMapper>();
  private openedOccurrences: OccurrenceCounter | undefined;

  constructor(settings: OpenSettings, registry: Registry) {
    this.settings = settings;
    this.registry = registry;
    this.context = { ...settings, readTime: compileTimeReader(settings.naiveTime) };
  }

  /** Begins with another file. */
  begin(): void {
    this.openedOccurrences?.begin();
  }

  /** Opens a file for one of the datasets that take from it. */
  async open(
    { path, absolutePath, recognised }: FileToCheck,
    { dataset: name, container }: NamedCollection,
    all: readonly NamedCollection[],
  ): Promise<OpenFile> {
    const { compression, owner } = recognised;
    const origin = originOf(path, { ...recognised, container });
    const dataset = this.registry.get(name);
    const mapper = this.mapperOf(name, waysInside(container, all));
    // A record was decoded when it was taken out of its file.
    const encoding = origin.record === null ? this.settings.encoding : 'utf-8';
    const elsewhere = membersElsewhere(all, { dataset: name, container }, this.registry, recognised.elsewhere);
    const reading = { ...this.settings, encoding, container, compression, elsewhere };
    const beside = origin.shared ?? (await membersBeside(absolutePath, reading, dataset));
    const ownerBeside = dataset.isOwnedBeside ? Object.values(beside ?? {})[0] : undefined;
    const shared = dataset.isOwnedBeside || dataset.asked ? undefined : beside;
    const source: SourceContext = {
      stem: stemOf(nameOf(origin.path)),
      container: origin.container,
      member: origin.member ?? undefined,
      path: origin.path,
      owner: ownerBeside ?? owner.owner,
      document: dataset.asked && documentValues(beside, dataset.asked),
      shared,
      occurrenceOf: (content) => this.occurrences.of(content),
    };
    const peers = peersOf(container, all);
    const taker = this.takerOf(name, container, peers, all);
    const plain = shared === undefined && taker === undefined ? mapper.plain : undefined;
    const reader = new RecordReader(absolutePath, { ...reading, plain });
    const states = mapper.states && (await this.statesIn(new RecordReader(absolutePath, reading), mapper, source));
    return {
      read: 0,
      states,
      reader,
      mapper,
      source,
      origin,
      beside,
      ownerBeside,
      taker,
      tellsUnread: peers[0] === name,
      keyNamesOwner: dataset.keyNamesOwner === true,
    };
  }

  private async statesIn(reader: RecordReader, mapper: RecordMapper, source: SourceContext): Promise<CurrentStates> {
    const states = new CurrentStates(this.settings.tempDir);
    for await (const group of reader.records()) states.add(group, mapper, source);
    return states;
  }

  private mapperOf(name: string, inside: readonly Way[]): RecordMapper {
    const known = inside.length === 0 ? name : JSON.stringify([name, inside]);
    const mapper = this.mappers.get(known) ?? this.registry.get(name).compile(this.context, inside);
    this.mappers.set(known, mapper);
    return mapper;
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
