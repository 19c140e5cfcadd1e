/** Every common way to write a name of several words: customer_id, customerId, CustomerId, customer-id, "customer id", "Customer Id". */
export function spellingsOf(name: string): readonly string[] {
  const words = wordsOf(name);
  if (words.length === 0) return [name];
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  const [first = '', ...others] = words;
  const pascal = words.map(capital).join('');
  const all = [
    name,
    first + others.map(capital).join(''),
    words.join('_'),
    words.join('-'),
    pascal,
    words.join(' '),
    words.map(capital).join(' '),
    // An abbreviation is often written in capitals: userID, imageURL.
    first + others.map((word) => (word.length <= 3 ? word.toUpperCase() : capital(word))).join(''),
  ];
  return [...new Set(all)];
}

function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/** The singular of a table's name: `orders` → `order`, `categories` → `category`, `boxes` → `box`. */
export function singular(name: string): string {
  if (/[^aeiou]ies$/i.test(name)) return `${name.slice(0, -3)}y`;
  if (/(?:x|ch|sh|ss|zz)es$/i.test(name)) return name.slice(0, -2);
  return /[^su]s$/i.test(name) ? name.slice(0, -1) : name;
}
