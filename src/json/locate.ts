import { Lexer } from './lexer.ts';
import { isArrayIndex, pointerTokens } from './pointer.ts';

/** The offset (UTF-16) where the value at the pointer begins; 0 if it cannot be found. Never throws. */
export function locate(text: string, pointer: string): number {
  const lexer = new Lexer(text);
  const tokens = pointerTokens(pointer);
  if (tokens === undefined) return 0;
  for (const token of tokens) {
    if (!enterChild(lexer, token)) return 0;
  }
  lexer.peek();
  return lexer.ended ? 0 : lexer.at;
}

function enterChild(lexer: Lexer, token: string): boolean {
  const unit = lexer.peek();
  lexer.at++;
  if (unit === 0x7b) return enterMember(lexer, token);
  return unit === 0x5b && isArrayIndex(token) && enterElement(lexer, Number(token));
}

function enterMember(lexer: Lexer, name: string): boolean {
  for (;;) {
    if (lexer.peek() !== 0x22) return false;
    const found = lexer.string();
    if (found === undefined || lexer.peek() !== 0x3a) return false;
    lexer.at++;
    if (found === name) return true;
    if (!skipToNext(lexer)) return false;
  }
}

function enterElement(lexer: Lexer, index: number): boolean {
  for (let i = 0; i < index; i++) {
    if (!skipToNext(lexer)) return false;
  }
  return lexer.peek() !== 0x5d;
}

const BRACKET = /["[\]{},]/g;

/** Moves behind the comma that follows the value at `at`; false where the container ends first. */
export function skipToNext(lexer: Lexer): boolean {
  let depth = 0;
  for (;;) {
    BRACKET.lastIndex = lexer.at;
    const at = BRACKET.exec(lexer.text)?.index;
    if (at === undefined) return false;
    lexer.at = at;
    const unit = lexer.text[at];
    if (unit === '"') {
      if (lexer.skipString() === undefined) return false;
      continue;
    }
    lexer.at++;
    if (unit === '[' || unit === '{') depth++;
    else if (unit === ',' && depth === 0) return true;
    else if (unit !== ',' && --depth < 0) return false;
  }
}
