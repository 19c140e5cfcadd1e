import type { Table } from '../table.ts';
import type { Shape } from './shape.ts';

/** What is to be known of partitioned tables before their first row: which of them may not take every row. */
export function wordsOfPartitions({ tables: found }: Shape, tables: readonly Table[]): readonly string[] {
  return tables.flatMap(({ name }) => {
    const { count, isOpen } = found.get(name)?.partitions ?? { count: 0, isOpen: false };
    if (!isOpen) return [];
    const there =
      count === 0
        ? 'without any partition'
        : `with ${count} ${count === 1 ? 'partition' : 'partitions'} and no default one`;
    return [`${name} is partitioned, ${there}: a row whose partition is missing is rejected`];
  });
}
