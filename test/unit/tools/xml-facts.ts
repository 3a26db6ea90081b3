/** What a document in nmap's XML says, as facts that can be compared: `nmaprun/host/status@reason=reset`. */
import { SaxesParser } from 'saxes';

/** Every attribute, and the text of `cpe` and `elem`; without those for which `leaveOut` says so. */
export function factsOf(xml: string, leaveOut: (path: string) => boolean = () => false): Set<string> {
  const facts = new Set<string>();
  const path: string[] = [];
  /** Of the host that is open, so that a fact is one of this host. */
  let host = '';
  const add = (what: string, value: string) => {
    if (!leaveOut(what)) facts.add(`${host}${what}=${value}`);
  };
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    path.push(name);
    if (name === 'address' && attributes['addrtype'] !== 'mac' && path.includes('host')) {
      host = `${attributes['addr']} `;
    }
    const port = name === 'port' ? ` ${attributes['protocol']}/${attributes['portid']}` : '';
    if (port !== '') path[path.length - 1] = `port${port}`;
    for (const [key, value] of Object.entries(attributes)) add(`${path.join('/')}@${key}`, value);
  });
  parser.on('text', (text) => {
    if (['cpe', 'elem'].includes(path.at(-1) ?? '')) add(path.join('/'), text);
  });
  parser.on('closetag', () => {
    if (path.pop() === 'host') host = '';
  });
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
  return facts;
}
