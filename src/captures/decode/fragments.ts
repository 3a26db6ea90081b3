/**
 * Just enough reassembly to see through fragments made to hide a scan: the first 24 bytes of a transport header,
 * gathered from fragments of 8 or 16 bytes (nmap -f puts the TCP flags in the second one). Bodies are never kept.
 */
const ENTRIES = 1024;
const KEPT = 24;

export class FragmentCache {
  readonly #keys = new Int32Array(ENTRIES * 3);
  /** Which 8-byte units are there; bit 7: already handed out. */
  readonly #have = new Uint8Array(ENTRIES);
  readonly #bytes = new Uint8Array(ENTRIES * KEPT);
  readonly #view = new DataView(this.#bytes.buffer);

  /**
   * Takes one fragment's payload. Gives a view of the header once its first 16 bytes are there (once per datagram),
   * else undefined. A datagram that collides with another in this small table pushes it out.
   */
  add(
    src: number,
    dst: number,
    id: number,
    from: DataView,
    at: number,
    end: number,
    offset: number,
  ): DataView | undefined {
    if (offset >= KEPT) return undefined;
    const entry =
      (Math.imul(src ^ Math.imul(dst, 31) ^ Math.imul(id, 0x9e3779b1), 0x85ebca6b) >>> 22) & (ENTRIES - 1);
    const k = entry * 3;
    if (this.#keys[k] !== src || this.#keys[k + 1] !== dst || this.#keys[k + 2] !== id) {
      this.#keys[k] = src;
      this.#keys[k + 1] = dst;
      this.#keys[k + 2] = id;
      this.#have[entry] = 0;
    }
    let have = this.#have[entry] ?? 0;
    if ((have & 0x80) !== 0) {
      // The identification is used again: a new datagram begins with offset 0.
      if (offset !== 0) return undefined;
      have = 0;
    }
    const room = Math.min(end - at, KEPT - offset);
    for (let i = 0; i < room; i++) this.#bytes[entry * KEPT + offset + i] = from.getUint8(at + i);
    for (let unit = offset >> 3; (unit + 1) * 8 <= offset + room; unit++) have |= 1 << unit;
    const ready = (have & 3) === 3;
    this.#have[entry] = ready ? have | 0x80 : have;
    return ready ? new DataView(this.#view.buffer, entry * KEPT, KEPT) : undefined;
  }
}
