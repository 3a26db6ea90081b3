/** Elements of XML as text. */

type Value = string | number | undefined;

/** `<name a="1">content</name>`; attributes without a value are left out. */
export function element(name: string, values: Record<string, Value>, content = ''): string {
  const tag = `<${name}${attributes(values)}`;
  return content === '' ? `${tag}/>` : `${tag}>${content}</${name}>`;
}

export function attributes(values: Record<string, Value>): string {
  return Object.entries(values)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escaped(String(value))}"`))
    .join('');
}

// Cleaned strings hold no control characters but tab and newline, and those would be folded in an attribute.
const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
};

export function escaped(text: string): string {
  return text.replace(/[&<>"\n\t]/g, (character) => ENTITIES[character] ?? character);
}
