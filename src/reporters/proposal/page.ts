/** What a page shows of a proposal: names, counts and shapes, no value. */
export interface ProposalPage {
  readonly root: string;
  readonly config: string;
  readonly files: number;
  readonly questions: readonly PageQuestion[];
  /** In the order of the config, each before its children. */
  readonly tables: readonly PageTable[];
  readonly left: readonly { readonly path: string; readonly reason: string }[];
}

export interface PageQuestion {
  readonly line: number;
  readonly of: string;
  readonly text: string;
}

export interface PageTable {
  readonly name: string;
  readonly line: number;
  /** The table whose rows hold these, by its index. */
  readonly parent: number | undefined;
  /** What its rows are: files and where in them, or where in the row of the parent. */
  readonly source: string;
  readonly rows: number;
  readonly key: string;
  readonly columns: readonly PageColumn[];
  readonly references: readonly PageReference[];
}

export interface PageColumn {
  readonly name: string;
  readonly from: string;
  readonly type: string;
  readonly present: number;
  /** What its values look like, in words. */
  readonly shape: string;
  /** Of the line in the config: unique, required, what it refers to. */
  readonly notes: string;
}

export interface PageReference {
  readonly column: string;
  /** The index of the other table. */
  readonly to: number;
  /** Checked by the database, kept without a check, or only likely. */
  readonly kind: 'enforced' | 'kept' | 'likely';
}
