import type { Declarations } from '../declarations/language.ts';

/** An export without fixed tables: for the files at hand `init` proposes them. */
export interface ProposedExport {
  /** The files that it fits, in words. */
  readonly fits: string;
  /** Its page under docs. */
  readonly page: string;
  /** What such a proposal looks like. */
  readonly example: Pick<Declarations, 'datasets'>;
}

export const PROPOSED_EXPORTS = {
  'db.json': {
    fits: 'a file of lowdb or json-server: one object of collections, which refer to each other by <x>Id',
    page: 'docs/recipes/db-json.md',
    example: {
      datasets: {
        users: { files: 'db.json', records: '/users/*', key: 'id', columns: { id: 'integer', name: 'text' } },
        posts: {
          files: 'db.json',
          records: '/posts/*',
          key: 'id',
          columns: {
            id: 'integer',
            title: 'text',
            user_id: { from: '/userId', type: 'integer', references: 'users.id' },
          },
        },
      },
    },
  },
  firestore: {
    fits: 'an export of Firestore with collections under __collections__',
    page: 'docs/recipes/firestore.md',
    example: {
      datasets: {
        users: {
          files: 'backup.json',
          records: '/__collections__/users/<key>',
          key: 'key',
          columns: {
            key: { from: '$key', type: 'text' },
            name: 'text',
            joined_value_seconds: { from: '/joined/value/_seconds', type: 'integer' },
          },
          children: {
            user_orders: {
              records: '/__collections__/orders/<order>',
              columns: { order: { from: '$order', type: 'text' }, total: 'integer' },
            },
          },
        },
      },
    },
  },
  mongoexport: {
    fits: 'collections of MongoDB as mongoexport writes them: a document a line, or a list',
    page: 'docs/recipes/mongoexport.md',
    example: {
      datasets: {
        users: {
          files: 'users.json',
          key: 'id',
          columns: {
            id: { from: '/_id/$oid', type: 'text' },
            age: { from: '/age/$numberInt', type: 'integer', number: {}, written: 'text' },
            balance: { from: '/balance/$numberDecimal', type: 'decimal(15,2)', number: {}, written: 'text' },
            joined: { from: '/joined/$date/$numberLong', type: 'timestamp', epoch: 'ms', written: 'text' },
            team: { from: '/team/$oid', type: 'text' },
          },
        },
      },
    },
  },
  nedb: {
    fits: 'files of NeDB (.db): a state of a document a line, of which the last one counts',
    page: 'docs/recipes/nedb.md',
    example: {
      datasets: {
        tasks: {
          files: 'tasks.db',
          duplicates: 'last',
          skip: { deleted: { '/$$deleted': true }, index: { any: ['/$$indexCreated', '/$$indexRemoved'] } },
          key: 'id',
          columns: {
            id: { from: '/_id', type: 'text' },
            title: 'text',
            done: 'boolean',
            at: { from: '/at/$$date', type: 'timestamp', epoch: 'ms' },
          },
        },
      },
    },
  },
} as const satisfies Readonly<Record<string, ProposedExport>>;

export type ProposedName = keyof typeof PROPOSED_EXPORTS;

export const PROPOSED_NAMES = Object.keys(PROPOSED_EXPORTS) as readonly ProposedName[];

export function isProposed(name: string): name is ProposedName {
  return PROPOSED_NAMES.includes(name as ProposedName);
}
