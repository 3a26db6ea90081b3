/** Reads one `<script>`: its output as nmap printed it, and the same in pieces (nmap.dtd, `table` and `elem`). */
import { MAX_SCRIPT_OUTPUT } from '../../core/clean.ts';
import type { ScriptData, ScriptResult } from '../../core/details.ts';
import type { Attributes } from './read-numbers.ts';
import { blockOf, lineOf } from './text.ts';

/** Script output kept for one host altogether, so that a host that talks on every port cannot fill the memory. */
export interface OutputRoom {
  left: number;
  /** Something was longer than what is kept. */
  cut: boolean;
}

/** What a piece takes besides its text. */
const PIECE_COST = 16;
/** Where the pieces without a key are, beside some that have one. */
const LIST = '#';

interface Container {
  key: string | undefined;
  list: ScriptData[];
  keyed: Map<string, ScriptData>;
}

export class ScriptBuilder {
  readonly #script: ScriptResult;
  readonly #room: OutputRoom;
  readonly #open: Container[] = [container(undefined)];
  #elem: { key: string | undefined; text: string } | undefined;

  constructor({ id = '', output = '' }: Attributes, room: OutputRoom) {
    this.#room = room;
    this.#script = { id: lineOf(id), output: this.#keep(output, MAX_SCRIPT_OUTPUT) };
  }

  open(name: string, { key }: Attributes): void {
    if (name === 'table') this.#open.push(container(key));
    else if (name === 'elem') this.#elem = { key, text: '' };
  }

  text(text: string): void {
    if (this.#elem && this.#elem.text.length <= this.#room.left) this.#elem.text += text;
  }

  close(name: string): void {
    if (name === 'elem' && this.#elem) {
      const { key, text } = this.#elem;
      this.#elem = undefined;
      this.#add(key, this.#keep(text, MAX_SCRIPT_OUTPUT));
    } else if (name === 'table' && this.#open.length > 1) {
      const table = this.#open.pop();
      if (table) this.#add(table.key, pieceOf(table));
    }
  }

  /** The script as far as it was read. */
  result(): ScriptResult {
    while (this.#open.length > 1) this.close('table');
    const [whole] = this.#open;
    if (!whole || whole.list.length + whole.keyed.size === 0) return this.#script;
    return { ...this.#script, data: pieceOf(whole) };
  }

  #add(key: string | undefined, value: ScriptData): void {
    const parent = this.#open.at(-1);
    if (!parent) return;
    if (this.#room.left < PIECE_COST) {
      this.#room.cut = true;
      return;
    }
    this.#room.left -= PIECE_COST;
    if (key === undefined) {
      parent.list.push(value);
      return;
    }
    const name = lineOf(key);
    this.#room.left -= Math.min(this.#room.left, name.length);
    // nmap writes a key once; a second one is kept all the same.
    if (name === LIST || parent.keyed.has(name)) parent.list.push(Object.fromEntries([[name, value]]));
    else parent.keyed.set(name, value);
  }

  #keep(raw: string, most: number): string {
    const room = Math.min(most, this.#room.left);
    if (raw.length > room) this.#room.cut = true;
    const text = blockOf(raw, room);
    this.#room.left = Math.max(0, this.#room.left - text.length);
    return text;
  }
}

const container = (key: string | undefined): Container => ({ key, list: [], keyed: new Map() });

function pieceOf({ list, keyed }: Container): ScriptData {
  if (keyed.size === 0) return list;
  return Object.fromEntries(list.length === 0 ? keyed : [[LIST, list], ...keyed]);
}
