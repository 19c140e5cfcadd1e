/** `postgres://me@host/app`, also with blanks in its password. */
export function isUrl(text: string): boolean {
  return /^[a-z][\w+.-]*:\/\//i.test(text);
}
