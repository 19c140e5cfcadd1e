/** Names and messages may hold control characters; on a terminal they would be obeyed, elsewhere mislead. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

/** The same for text of several lines, such as a document: tabs and ends of lines stay. */
export function printableLines(text: string): string {
  return text.replaceAll(/[^\t\r\n]+/g, printable);
}

/** At most so many characters. */
export function shorten(text: string, most: number): string {
  const characters = [...text.slice(0, 2 * most + 2)];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
