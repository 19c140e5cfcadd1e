import type { Scalar, YAMLParseError } from 'yaml';

/** What is wrong with a text that is no YAML, in words. Those of the parser quote the text, which may hold a password. */
export function syntaxWords(code: YAMLParseError['code']): string {
  return WORDS[code] ?? 'this is not valid YAML: quote texts that hold one of : # { } [ ] , & * ! | > % @';
}

const WORDS: Partial<Record<YAMLParseError['code'], string>> = {
  ALIAS_PROPS: 'an alias has no tag and no anchor of its own: leave them out',
  BAD_ALIAS: 'a text that begins with * or & is an alias or an anchor: quote the text',
  BAD_COLLECTION_TYPE: 'a tag stands before this value: leave it out',
  BAD_DIRECTIVE: 'a line that begins with % is a directive: leave it out',
  BAD_DQ_ESCAPE: 'there is no such escape: in double quotes a backslash is \\\\, in single quotes it is itself',
  BAD_INDENT: 'this line is indented otherwise than what it belongs to, or a bracket before it is not closed',
  BAD_SCALAR_START: 'a text does not begin with this character: quote it',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon in one line: quote the text that holds it',
  BLOCK_IN_FLOW: 'a second colon or a dash in brackets: quote the text, or write [a, b] and {a: b}',
  KEY_OVER_1024_CHARS: 'a key has at most 1024 characters',
  MISSING_CHAR: 'a quote, a bracket, a comma or a colon is missing here',
  MULTILINE_IMPLICIT_KEY: 'a key stands in one line: a colon is missing, or a quote is not closed',
  MULTIPLE_DOCS: 'a second document begins here: write one for each file',
  RESOURCE_EXHAUSTION: 'the text is nested too deeply',
  TAB_AS_INDENT: 'a tab indents this line: write blanks',
  TAG_RESOLVE_FAILED: 'a tag stands before this value: leave it out, and quote what is text',
};

/** A number that would lose how it is written; undefined for others and for what is no number. */
export function numberProblem({ value, source = '' }: Pick<Scalar, 'value' | 'source'>): string | undefined {
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  if (/^[-+]?\d+$/.test(source) && !Number.isSafeInteger(Number(source)))
    return 'a whole number beyond 2^53 loses digits: quote it';
  if (String(value) === source) return undefined;
  if (/^[-+]?0\d/.test(source)) return 'a number loses its leading zeros: quote it';
  if (/^0[xo]|^[-+]?\./i.test(source) && !/^[-+]?\.\d/.test(source)) return 'this is no decimal number: quote it';
  return 'a number loses how it is written here: quote it, or write it without sign, exponent and zeros at its end';
}
