export interface Mark {
  isSeen: boolean;
}

/** Members that nobody watches. */
export const UNWATCHED: Mark = { isSeen: false };

/** Which of the members that a declaration names were there, in any record. */
export class SeenMembers {
  private readonly marks = new Map<string, Mark>();

  /** To be set where the member is there. */
  mark(name: string): Mark {
    const mark = this.marks.get(name) ?? { isSeen: false };
    this.marks.set(name, mark);
    return mark;
  }

  *names(): Generator<string> {
    for (const [name, { isSeen }] of this.marks) if (isSeen) yield name;
  }
}
