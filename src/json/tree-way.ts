import type { Finding } from '../reject.ts';
import { joinPointer } from './pointer.ts';
import type { RecordPlace, Step } from './raw-record.ts';

/** Where a splitter is on the way from the root of a document to its records: what is open, and which entry of it is read. */
export class TreeWay {
  readonly steps: readonly Step[];
  /** The brackets that are open, true for an object: as many as steps were taken. */
  private readonly open: boolean[] = [];
  /** By depth: the name of the entry, its place among others, and what is wrong with the name. */
  private readonly names: string[] = [];
  private readonly indexes: number[] = [];
  private readonly findings: (Finding | undefined)[] = [];
  /** Members on the way that were found already, by their depth. */
  private readonly seen = new Set<number>();

  constructor(steps: readonly Step[]) {
    this.steps = steps;
  }

  get depth(): number {
    return this.open.length;
  }

  /** Whether what is open is an object. */
  get inObject(): boolean {
    return this.open.at(-1) === true;
  }

  /** What the value at hand must be to go on; nothing where it is a record. */
  get next(): Step | undefined {
    return this.steps[this.open.length];
  }

  /** By which an entry of what is open was reached. */
  get current(): Step | undefined {
    return this.steps[this.open.length - 1];
  }

  /** False where the root lacks the member in which the records lie. */
  get foundPlace(): boolean {
    return this.steps[0]?.to !== 'member' || this.seen.has(0);
  }

  /** What is wrong with a name on the way. */
  get finding(): Finding | undefined {
    return this.findings.find((found) => found !== undefined);
  }

  enter(isObject: boolean): void {
    this.indexes[this.open.length] = -1;
    this.open.push(isObject);
  }

  leave(): void {
    this.open.pop();
    this.findings.length = Math.min(this.findings.length, this.open.length);
  }

  /** Goes on to another entry of what is open, in an object with its name. */
  take(name?: string, finding?: Finding): void {
    const depth = this.open.length - 1;
    this.indexes[depth] = (this.indexes[depth] ?? -1) + 1;
    if (name === undefined) return;
    this.names[depth] = name;
    this.findings[depth] = finding;
  }

  /** Goes on by so many entries of a list. */
  skip(entries: number): void {
    const depth = this.open.length - 1;
    this.indexes[depth] = (this.indexes[depth] ?? -1) + entries;
  }

  /** Goes on to the member that the step names. False where it was found before in the one object that there is. */
  takeMember(): boolean {
    const depth = this.open.length - 1;
    const isOnce = this.steps.slice(0, depth).every(({ to }) => to === 'member');
    if (this.seen.has(depth) && isOnce) return false;
    this.seen.add(depth);
    return true;
  }

  /** Of the record at hand. */
  get place(): RecordPlace {
    const captures = this.names.filter((_, depth) => this.steps[depth]?.to === 'names');
    const index = this.indexes[this.open.length - 1] ?? 0;
    return { captures, index, pointer: this.pointer() };
  }

  /** The pointer to a value that is no record, where `*` stands for what is data. */
  pointerBeside(name: string): string {
    const way = this.steps.slice(0, this.open.length - 1).map((step) => (step.to === 'member' ? step.name : '*'));
    return [...way, this.current?.to === 'member' ? name : '*'].reduce(joinPointer, '');
  }

  private pointer(): string {
    const way = this.steps.map((step, depth) => {
      if (step.to === 'member') return step.name;
      return step.to === 'names' ? (this.names[depth] ?? '') : (this.indexes[depth] ?? 0);
    });
    return way.reduce<string>(joinPointer, '');
  }
}
