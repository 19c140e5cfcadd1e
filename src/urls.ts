/** `postgres://me@host/app`, also with blanks in its password. */
export function isUrl(text: string): boolean {
  return /^[a-z][\w+.-]*:\/\//i.test(text);
}

/** The text with `***` in place of what stands before the host of a URL together with a password, and of passwords that it has as parameters. */
export function withoutPasswords(text: string): string {
  return text
    .replaceAll(/([a-z][\w+.-]*:\/\/)[^\s]*:[^\s]*@/gi, '$1***@')
    .replaceAll(/\b(password=)('[^']*'|[^&\s]+)/gi, '$1***');
}
