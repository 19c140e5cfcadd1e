import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { type Flow, type Line, scalarText, yamlText } from './yaml-text.ts';

/** Below such a comment stands what `init` found later. */
const NEW = '# new';
const TAKEN_OUT = '# taken out of the proposal, said once more; `ignore` of `rest` or of the config silences it';

/** What is added to one map. */
interface Additions {
  readonly lines: Line[];
  readonly returned: Line[];
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

type Way = readonly string[];

/** Adds to a text in YAML, and leaves every byte as it is that was there. */
export class YamlEdits {
  private readonly text: string;
  private readonly document: Document;
  private readonly additions = new Map<string, Additions>();
  private readonly listed = new Map<string, Flow[]>();

  constructor(text: string) {
    this.text = text.replaceAll('\r\n', '\n').replace(/(?<!\n)$/, text === '' ? '' : '\n');
    this.document = parseDocument(this.text, { version: '1.2', schema: 'core', merge: false, uniqueKeys: false });
  }

  /** Whether a map is there to which something can be added, or could be made. */
  takes(way: Way): boolean {
    const node = this.nodeAt(way);
    return node === undefined ? way.length === 0 || this.takes(way.slice(0, -1)) : isMap(node);
  }

  add(way: Way, line: Line, isReturned: boolean): void {
    const key = JSON.stringify(way);
    const known = this.additions.get(key) ?? { lines: [], returned: [] };
    this.additions.set(key, known);
    (isReturned ? known.returned : known.lines).push(line);
  }

  /** Makes a list of what is there, with one more value at its end. */
  append(way: Way, value: Flow): void {
    const key = JSON.stringify(way);
    this.listed.set(key, [...(this.listed.get(key) ?? []), value]);
  }

  get isEmpty(): boolean {
    return this.additions.size === 0 && this.listed.size === 0;
  }

  /** The text with all that was added. */
  result(): string {
    // At one place what belongs to inner maps comes first.
    const inner = (one: string, other: string): number => JSON.parse(other).length - JSON.parse(one).length;
    const edits = [
      ...[...this.listed.keys()].flatMap((key) => this.listEdits(JSON.parse(key), this.listed.get(key) ?? [])),
      ...[...this.additions.keys()]
        .toSorted(inner)
        .flatMap((key) => this.mapEdits(JSON.parse(key), this.additions.get(key) as Additions)),
    ];
    let text = this.text;
    for (const { from, to, text: own } of edits.toReversed().toSorted((a, b) => b.from - a.from))
      text = text.slice(0, from) + own + text.slice(to);
    return text;
  }

  private nodeAt(way: Way): Node | undefined {
    let node = this.document.contents as Node | null | undefined;
    for (const name of way) {
      if (!isMap(node)) return undefined;
      node = (pairOf(node, name)?.value ?? undefined) as Node | undefined;
    }
    return node ?? undefined;
  }

  private listEdits(way: Way, values: readonly Flow[]): readonly Edit[] {
    const node = this.nodeAt(way);
    const own = values.map((value) => scalarText(String(value))).join(', ');
    if (node === undefined) {
      const line = { name: way.at(-1) ?? '', value: values };
      return this.mapEdits(way.slice(0, -1), { lines: [line], returned: [] }, 'files');
    }
    const [start, end] = rangeOf(node);
    if (isScalar(node)) return [{ from: start, to: end, text: `[${scalarText(String(node.value))}, ${own}]` }];
    if (!isSeq(node)) return [];
    if (node.flow === true) return [inFlow(node, own)];
    const indent = ' '.repeat(start - lineStart(this.text, start));
    const at = this.lineEnd(endOf(node));
    return [
      {
        from: at,
        to: at,
        text: values.map((value) => `${indent}- ${scalarText(String(value))}\n`).join(''),
      },
    ];
  }

  private mapEdits(way: Way, { lines, returned }: Additions, behind?: string): readonly Edit[] {
    const node = this.nodeAt(way);
    if (node === undefined) {
      // The map itself is missing: it is written into the one around it.
      const name = way.at(-1);
      if (name === undefined) return [{ from: this.text.length, to: this.text.length, text: `${yamlText(lines)}` }];
      return this.mapEdits(way.slice(0, -1), {
        lines: lines.length > 0 ? [{ name, value: lines }] : [],
        returned: returned.length > 0 ? [{ name, value: returned }] : [],
      });
    }
    if (!isMap(node)) return [];
    if (node.flow === true) {
      const own = lines.map(({ name, value }) => `${scalarText(name)}: ${flowOf(value)}`);
      if (own.length === 0) return [];
      return node.items.length > 0 ? [inFlow(node, own.join(', '))] : [this.opened(node, lines)];
    }
    const pair = behind === undefined ? undefined : pairOf(node, behind);
    const at = this.lineEnd(endOf(pair ?? node));
    const [start] = rangeOf(node.items[0]?.key as Node);
    const indent = ' '.repeat(start - lineStart(this.text, start));
    const hasHead = pair !== undefined || this.text.slice(start, at).split('\n').includes(`${indent}${NEW}`);
    const text = [
      ...(lines.length === 0 || hasHead ? [] : [`${indent}${NEW}\n`]),
      yamlText(lines, indent),
      ...(returned.length === 0 ? [] : [`${indent}${TAKEN_OUT}\n`]),
      yamlText(returned, indent).replace(/^( *)(?=.)/gm, (all) => `${indent}# ${all.slice(indent.length)}`),
    ].join('');
    return [{ from: at, to: at, text: text }];
  }

  /** A block in place of empty braces. */
  private opened(node: YAMLMap, lines: readonly Line[]): Edit {
    const [from, to] = rangeOf(node);
    const indent = /^ */.exec(this.text.slice(lineStart(this.text, from)))?.[0] ?? '';
    return { from, to, text: `\n${yamlText(lines, `${indent}  `)}`.trimEnd() };
  }

  /** Behind the end of the line, with the comment that is in it. */
  private lineEnd(offset: number): number {
    if (offset > 0 && this.text[offset - 1] === '\n') return offset;
    const end = this.text.indexOf('\n', offset);
    return end < 0 ? this.text.length : end + 1;
  }
}

function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return (map.items as Pair[]).find(({ key }) => isScalar(key) && String(key.value) === name);
}

function rangeOf(node: Node): readonly [start: number, end: number] {
  const [start = 0, end = 0] = node.range ?? [];
  return [start, end];
}

/** Where the last thing in it ends. */
function endOf(node: Node | Pair): number {
  if ('key' in node) return endOf((node.value ?? node.key) as Node);
  if (isAlias(node) || isScalar(node)) return rangeOf(node)[1];
  if ((isMap(node) || isSeq(node)) && node.flow !== true) {
    const last = node.items.at(-1) as Node | Pair | undefined;
    if (last !== undefined) return Math.max(endOf(last), rangeOf(('key' in last ? last.key : last) as Node)[1]);
  }
  return rangeOf(node)[1];
}

/** After the last thing in the brackets. */
function inFlow({ items, range }: YAMLMap | YAMLSeq, own: string): Edit {
  const last = items.at(-1) as Node | Pair | undefined;
  const at = last === undefined ? (range?.[0] ?? 0) + 1 : endOf(last);
  return { from: at, to: at, text: last === undefined ? own : `, ${own}` };
}

function flowOf(value: Line['value']): string {
  return yamlText([{ name: 'x', value: asFlow(value) }]).replace(/^x: |\n$/g, '');
}

function asFlow(value: Line['value']): Flow {
  if (!isLines(value)) return value;
  return Object.fromEntries(value.map((line) => [line.name, asFlow(line.value)]));
}

function isLines(value: Line['value']): value is readonly Line[] {
  return (
    Array.isArray(value) &&
    value.every((each) => typeof each === 'object' && each !== null && 'name' in each && 'value' in each)
  );
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}
