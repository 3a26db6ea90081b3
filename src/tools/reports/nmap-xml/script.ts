/** `<script>` with its `<table>` and `<elem>`, as nmap writes what nmap/xml/script.ts reads. */
import type { ScriptData, ScriptResult } from '../../../core/details.ts';
import { element, escaped } from '../../../core/xml-element.ts';

export function scriptElement({ id, output, data }: ScriptResult): string {
  return element('script', { id, output }, data === undefined ? '' : pieces(data));
}

function pieces(data: ScriptData): string {
  if (typeof data === 'string') return escaped(data);
  if (Array.isArray(data)) return data.map((one) => piece(undefined, one)).join('');
  const { '#': list = [], ...keyed } = data;
  return [pieces(list), ...Object.entries(keyed).map(([key, one]) => piece(key, one))].join('');
}

/** Empty ones have both tags, as nmap writes them: readers take the text of an element to be there. */
function piece(key: string | undefined, data: ScriptData): string {
  const name = typeof data === 'string' ? 'elem' : 'table';
  const attribute = key === undefined ? '' : ` key="${escaped(key)}"`;
  return `<${name}${attribute}>${pieces(data)}</${name}>`;
}
