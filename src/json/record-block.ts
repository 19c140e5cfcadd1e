/** Records that follow one another and were read at once. Valid until the next chunk. */
export interface RecordBlock {
  readonly count: number;
  /** Of all of them. */
  readonly bytes: number;
  /** The index behind the last one in the chunk; of lines that of its line end. */
  readonly end: number;
  /** Line ends before that, and the index of the last of them. */
  readonly newlines: number;
  readonly lastNewline: number;
}
