import { KEPT, type PlainSlot } from '../json/plain-rules.ts';
import { isArrayIndex, type Way } from '../json/pointer.ts';
import type { JsonValue } from '../json/value.ts';
import { column, isUniqueText, type RowLayout, rowLayout, type Table } from '../schema/table.ts';
import type { MappingContext } from './dataset.ts';
import { hasOtherFace, isTwoFaced, type MemberSpec, type MemberSpecs, readerOf, waysTo } from './member-specs.ts';
import { asNull, type ColumnReader, withForm } from './read-value.ts';
import { type Mark, type SeenMembers, UNWATCHED } from './seen-members.ts';

/** What a member fills. */
export interface Slot {
  readonly column: string;
  /** The index of the column in a row. */
  readonly place: number;
  /** Other ways to the value, which win over this one. */
  readonly before: readonly Way[];
  readonly read: ColumnReader;
  /** Set where the value may have two faces. */
  readonly twoFaced: MemberSpec | undefined;
  /** `extra` keeps a value that is stored otherwise under the name of the column; else where it was. */
  readonly isOfColumn: boolean;
  /** It holds an object or list as a whole, also where members of it fill other columns. */
  readonly isWhole: boolean;
  /** Another column that reads the same member. */
  readonly also: Slot | undefined;
  /** Set where a record has the member. */
  readonly mark: Mark;
}

/** The members of an object: what each fills, and which of them are opened. */
export interface MemberNode {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly opened: ReadonlyMap<string, MemberNode>;
  /** Members that somebody else reads. */
  readonly elsewhere: ReadonlySet<string>;
  /** Members that are left out, and counted. */
  readonly ignored: ReadonlySet<string>;
  /** All names are indexes: a list is opened as well. */
  readonly isList: boolean;
}

interface DraftNode {
  readonly slots: Map<string, Slot>;
  readonly opened: Map<string, DraftNode>;
  readonly elsewhere: Set<string>;
  readonly ignored: Set<string>;
  isList: boolean;
}

/** Members that fill no column. */
export interface OtherMembers {
  /** `extra` keeps them by rule. */
  readonly kept?: readonly string[];
  /** Somebody else reads them. */
  readonly elsewhere?: readonly Way[];
  /** They are left out, and counted. */
  readonly ignored?: readonly Way[];
  /** Nothing takes the spelling of a value that a column stores otherwise: it is counted, and what would be lost is a reject. */
  readonly losesSources?: boolean;
  /** Notes which columns some record has a member for. */
  readonly seen?: SeenMembers | undefined;
}

/** The members by the ways that lead to them: an object or list on the way is opened. */
export function compileSlots(
  table: Table,
  specs: MemberSpecs,
  context: MappingContext,
  { elsewhere = [], ignored = [], seen }: OtherMembers = {},
): MemberNode {
  const root = draftNode();
  for (const [name, spec] of Object.entries(specs)) {
    const declared = column(table, name);
    const place = placeOf(rowLayout(table), name);
    const readAny = readerOf(spec)(declared, context);
    const read = isUniqueText(table, name) ? emptyAsNull(readAny) : readAny;
    const twoFaced = isTwoFaced(spec, declared) ? spec : undefined;
    for (const { way, before } of waysTo(name, spec)) {
      const [node, member] = nodeAt(root, way);
      const isOfColumn = spec.ways === undefined || spec.isByColumn === true;
      const isWhole = declared.type === 'json';
      node.slots.set(member, {
        column: name,
        place,
        before,
        read,
        twoFaced,
        isOfColumn,
        isWhole,
        also: node.slots.get(member),
        mark: seen?.mark(`${table.name}.${name}`) ?? UNWATCHED,
      });
    }
  }
  for (const way of elsewhere) {
    const [node, member] = nodeAt(root, way);
    node.elsewhere.add(member);
  }
  for (const way of ignored) {
    const [node, member] = nodeAt(root, way);
    node.ignored.add(member);
  }
  return root;
}

function draftNode(): DraftNode {
  return { slots: new Map(), opened: new Map(), elsewhere: new Set(), ignored: new Set(), isList: false };
}

function nodeAt(root: DraftNode, way: Way): [node: DraftNode, member: string] {
  let node = root;
  for (const name of way.slice(0, -1)) {
    const next = node.opened.get(name) ?? draftNode();
    node.opened.set(name, next);
    node.isList ||= isArrayIndex(name);
    node = next;
  }
  const member = way.at(-1) ?? '';
  node.isList ||= isArrayIndex(member);
  return [node, member];
}

/** Of texts that must be unique only one could be empty. */
function emptyAsNull(read: ColumnReader): ColumnReader {
  const { form } = read;
  const readFilled: ColumnReader = (value) => (value === '' ? asNull(value) : read(value));
  return withForm(readFilled, form?.kind === 'text' ? { ...form, least: 1 } : form);
}

/** What members fill when a record is read from its bytes: values that are stored as they are, and say all by that. */
export function plainSlots(
  table: Table,
  specs: MemberSpecs,
  context: MappingContext,
  others: OtherMembers,
): ReadonlyMap<string, PlainSlot> {
  const { kept = [] } = others;
  const plain = new Map<string, PlainSlot>(kept.map((member) => [member, { place: KEPT, accept: asItIs }]));
  const { slots, opened, elsewhere, ignored } = compileSlots(table, specs, context, others);
  for (const [member, slot] of slots) {
    const { place, read, twoFaced, also } = slot;
    const note = (): void => markSlot(slot);
    if (also === undefined) plain.set(member, { place, ...plainly(read, twoFaced), note });
    else plain.set(member, { place, accept: never, note });
  }
  for (const member of [...opened.keys(), ...elsewhere, ...ignored]) plain.set(member, { place: KEPT, accept: never });
  return plain;
}

/** A record has the member of a slot. */
export function markSlot(slot: Slot | undefined): void {
  for (let each = slot; each !== undefined; each = each.also) each.mark.isSeen = true;
}

/** Such a record must be parsed. */
function never(): undefined {
  return undefined;
}

function asItIs(value: JsonValue): ReturnType<PlainSlot['accept']> {
  // That a member is null is counted.
  return typeof value === 'object' ? undefined : value;
}

function plainly(read: ColumnReader, twoFaced: MemberSpec | undefined): Pick<PlainSlot, 'accept' | 'form'> {
  const { form } = read;
  const accept = (value: JsonValue): ReturnType<PlainSlot['accept']> => {
    const result = read(value);
    return typeof result === 'object' ? undefined : result;
  };
  if (twoFaced === undefined) return { accept, form };
  return {
    accept: (value) => (hasOtherFace(twoFaced, value) ? undefined : accept(value)),
    form: form?.kind === 'boolean' ? { ...form, asNumber: twoFaced.asNumber === true } : undefined,
  };
}

/** The index of a column in a row. */
export function placeOf(layout: RowLayout, name: string): number {
  const place = layout.places.get(name);
  if (place === undefined) throw new TypeError(`no load binds the column ${name}`);
  return place;
}
