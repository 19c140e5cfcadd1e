import { createHash } from 'node:crypto';

// What was proposed before, kept in comments at the end of the config: only so is what a person took out told from what is new.

const HEAD = '# What init has proposed so far, as hashes: what was taken out of it comes back once, commented out.';
const LINE = /^# init: ([\w -]*)\r?\n?/gm;
const LETTERS = 6;
const ON_A_LINE = 15;

export type Standing =
  /** It was not proposed before. */
  | 'new'
  | 'proposed'
  /** A person took it out, and has been asked about it. */
  | 'returned';

/** Remembers what was proposed, by what it is and not by its name. */
export class ProposalMemory {
  private readonly standings = new Map<string, Exclude<Standing, 'new'>>();

  constructor(text = '') {
    for (const [, tokens = ''] of text.matchAll(LINE)) {
      for (const token of tokens.split(' ')) {
        if (token.length === LETTERS) this.standings.set(token, 'proposed');
        else if (token.length === LETTERS + 1 && token.startsWith('-')) this.standings.set(token.slice(1), 'returned');
      }
    }
  }

  /** By any of the descriptions that a thing has: files may be named otherwise than before. */
  standingOf(descriptions: readonly (readonly string[])[]): Standing {
    for (const description of descriptions) {
      const standing = this.standings.get(tokenOf(description));
      if (standing !== undefined) return standing;
    }
    return 'new';
  }

  note(descriptions: readonly (readonly string[])[], standing: Exclude<Standing, 'new'>): void {
    const tokens = descriptions.map(tokenOf);
    const known = tokens.filter((token) => this.standings.has(token));
    if (known.length === 0) this.standings.set(tokens[0] ?? '', standing);
    else if (standing === 'returned') for (const token of known) this.standings.set(token, standing);
  }

  get text(): string {
    const tokens = [...this.standings].map(([token, standing]) => (standing === 'returned' ? `-${token}` : token));
    const lines: string[] = [];
    for (let at = 0; at < tokens.length; at += ON_A_LINE)
      lines.push(`# init: ${tokens.slice(at, at + ON_A_LINE).join(' ')}\n`);
    return lines.length === 0 ? '' : `\n${HEAD}\n${lines.join('')}`;
  }

  /** The text without what was remembered in it. */
  static without(text: string): string {
    return text.replace(LINE, '').replace(new RegExp(`(?:\\r?\\n)?${HEAD}\\r?\\n?`), '');
  }
}

function tokenOf(description: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(description)).digest('base64url');
  // Neither begins like what was returned.
  return digest.replace(/[-_]/g, '').slice(0, LETTERS);
}
