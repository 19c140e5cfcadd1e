import { refuse } from '../datasets/misfits.ts';
import type { Refused } from '../datasets/read-value.ts';
import type { ColumnDeclaration } from './language.ts';

type NumberForm = NonNullable<ColumnDeclaration['number']>;

/** A number with a unit and separators as the digits that every column reads: "€ 1.200,50" is 1200.50. Another unit is refused. */
export function compileNumberText({
  unit = '',
  group = '',
  decimal = '.',
}: NumberForm): (text: string) => string | Refused {
  const isNone = refuse('wrong-type', `must be a number${unit === '' ? '' : ` in ${unit}`} as its column declares it`);
  const digits = group === '' ? '\\d+' : `\\d{1,3}(?:${escaped(group)}\\d{3})+|\\d+`;
  const form = new RegExp(`^([+-]?)\\s*(${digits})(?:${escaped(decimal)}(\\d+))?$`, 'u');
  return (text) => {
    const bare = withoutUnit(text.trim(), unit);
    const [, sign = '', whole = '', fraction] = (bare === undefined ? undefined : form.exec(bare)) ?? [];
    if (whole === '') return isNone;
    const plain = group === '' ? whole : whole.replaceAll(group, '');
    return `${sign === '-' ? '-' : ''}${plain}${fraction === undefined ? '' : `.${fraction}`}`;
  };
}

/** The unit stands before or behind; a number without one is a number. */
function withoutUnit(text: string, unit: string): string | undefined {
  if (unit === '') return text;
  if (text.startsWith(unit)) return text.slice(unit.length).trim();
  if (text.endsWith(unit)) return text.slice(0, -unit.length).trim();
  const [sign, rest] = /^[+-]/.test(text) ? [text[0] ?? '', text.slice(1).trim()] : ['', text];
  return rest.startsWith(unit) ? sign + rest.slice(unit.length).trim() : text;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\\s]/g, (character) => (/\s/.test(character) ? '\\s' : `\\${character}`));
}
