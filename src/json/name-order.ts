import { Lexer } from './lexer.ts';
import { locate, skipToNext } from './locate.ts';
import { isArrayIndex } from './pointer.ts';
import type { JsonObject } from './value.ts';

/** Whether JavaScript may have put the names of an object in another order: it counts with those that are whole numbers first. */
export function mayBeReordered(object: JsonObject): boolean {
  const names = Object.keys(object);
  return names.length > 1 && isArrayIndex(names[0] ?? '');
}

/** The names of the object at the pointer, in the order of the text; none where there is no object. */
export function namesAt(text: string, pointer: string): readonly string[] {
  const lexer = new Lexer(text, locate(text, pointer));
  const names: string[] = [];
  if (lexer.peek() !== 0x7b) return names;
  lexer.at++;
  while (lexer.peek() === 0x22) {
    const name = lexer.string();
    if (name === undefined || lexer.peek() !== 0x3a) break;
    lexer.at++;
    names.push(name);
    if (!skipToNext(lexer)) break;
  }
  return names;
}
