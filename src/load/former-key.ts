import { keyPart } from '../checking/prints.ts';
import type { RowGroup } from '../schema/row-group.ts';

/**
 * The print of a group's key as the ledgers of older versions hold it: 96 bits, in which keys may be equal that differ in
 * characters from U+8000 on. It finds what such a run loaded, so that its files stay loaded; of rows it proves nothing.
 */
export function formerKey(group: RowGroup): string {
  let [a, b, c]: [number, number, number] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d];
  const add = (word: number): void => {
    a = mix(a, word, 15);
    b = mix(b, word, 13);
    c = mix(c, word, 11);
  };
  const { root } = group;
  for (const text of [root.name, ...root.naturalKey.map((name) => String(keyPart(group, name)))]) {
    for (let i = 0; i < text.length; i += 2)
      add(text.charCodeAt(i) | ((i + 1 < text.length ? text.charCodeAt(i + 1) : 0) << 16));
    add(text.length);
  }
  a = avalanche(a);
  b = avalanche(b ^ a);
  return `${a} ${b} ${avalanche(c ^ b)}`;
}

function mix(hash: number, word: number, turn: number): number {
  const turned = Math.imul(word, 0xcc9e2d51 + turn);
  const mixed = hash ^ Math.imul((turned << turn) | (turned >>> (32 - turn)), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function avalanche(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
