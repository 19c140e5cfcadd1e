import { isJsonObject, type JsonValue } from '../../json/value.ts';
import { compileColumnReader, type MakeReader } from '../column-reader.ts';
import { Refused, Repaired } from '../read-value.ts';

/**
 * A text, or the list of parts that interfaces of models make of it: `[{ "type": "text", "text": "…" }]`. The column gets the texts
 * one below the other, and `extra` keeps the list, so that nothing of images and the like is lost.
 */
export const contentReader: MakeReader = (declared, context) => {
  const read = compileColumnReader(declared, context);
  return (value) => {
    if (!isListOfParts(value)) return read(value);
    const text = read(value.flatMap((part) => textOf(part) ?? []).join('\n\n'));
    if (text instanceof Refused) return text;
    const { value: stored, repairs } = text instanceof Repaired ? text : { value: text, repairs: [] };
    return new Repaired(stored, repairs, value);
  };
};

function isListOfParts(value: JsonValue): value is JsonValue[] {
  const isPart = (part: JsonValue): boolean =>
    typeof part === 'string' || (isJsonObject(part) && typeof part['type'] === 'string');
  return Array.isArray(value) && value.length > 0 && value.every(isPart);
}

function textOf(part: JsonValue): string | undefined {
  if (typeof part === 'string') return part;
  return isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : undefined;
}
