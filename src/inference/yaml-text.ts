// YAML that a person reads: maps in blocks, columns in one line each with their evidence behind them.

export type Flow = string | number | boolean | readonly Flow[] | { readonly [name: string]: Flow };

/** A line of a block: a name, its value or the block below it, and a comment. */
export interface Line {
  readonly name: string;
  readonly value: Flow | readonly Line[];
  readonly comment?: string | undefined;
}

/** Where comments begin, where the line leaves room. */
const COMMENT_AT = 60;

export function yamlText(lines: readonly Line[], indent = ''): string {
  return lines.map((line) => lineText(line, indent)).join('');
}

function lineText({ name, value, comment }: Line, indent: string): string {
  const head = `${indent}${scalarText(name)}:`;
  if (isBlock(value)) {
    const note = comment === undefined ? '' : ` # ${oneLine(comment)}`;
    if (value.length === 0) return `${head} {}${note}\n`;
    return `${head}${note}\n${yamlText(value, `${indent}  `)}`;
  }
  const text = `${head} ${flow(value)}`;
  return comment === undefined ? `${text}\n` : `${text.padEnd(COMMENT_AT)} # ${oneLine(comment)}\n`;
}

function isBlock(value: Line['value']): value is readonly Line[] {
  return (
    Array.isArray(value) &&
    value.every((each) => typeof each === 'object' && each !== null && 'name' in each && 'value' in each)
  );
}

/** A value in one line. */
export function flow(value: Flow): string {
  if (typeof value === 'string') return scalarText(value);
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map(flow).join(', ')}]`;
  if (Object.keys(value).length === 0) return '{}';
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${scalarText(name)}: ${flow(each)}`)
    .join(', ')} }`;
}

function isList(value: Flow): value is readonly Flow[] {
  return Array.isArray(value);
}

/** Words that YAML or its readers take for something else. */
const WORDS = /^(?:true|false|null|yes|no|on|off|y|n|~)$/i;
const PLAIN = /^(?:\.\/)?[A-Za-z_/$][\w/.$~*<>-]*(?: [\w/.$~-]+)*(?:\(\w*\))?$/;

export function scalarText(text: string): string {
  return PLAIN.test(text) && !WORDS.test(text) ? text : quoted(text);
}

/** All but what is printable for certain is escaped, in YAML's way: half of a surrogate pair is none. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e\p{L}\p{N}\p{P}\p{Sc}\p{Sm}]/gu, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

/** A comment ends with its line, whatever is in it. */
export function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e\p{L}\p{N}\p{P}\p{S}\p{M}]/gu, ' ');
}
